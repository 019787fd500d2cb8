// What became of each identifier's profile id, in the order of time. Two changes of one transaction
// may tell the same move.
MATCH (c:Change)-[r:CONCERNS]->(i:Identifier)
WHERE r.was IS NOT NULL
WITH DISTINCT i.key AS key, c.at AS at, r.was AS was, r.became AS became
ORDER BY at
RETURN key, collect([was, became]) AS moves
