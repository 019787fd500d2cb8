// What was done by hand, and what it took back.
MATCH (c:Change)
WHERE c.kind IN ['linked', 'separated', 'withdrawn']
RETURN c.id AS id, c.kind AS kind, c.withdraws AS withdraws,
  COLLECT { MATCH (c)-[:CONCERNS]->(i:Identifier) RETURN i.key ORDER BY i.key } AS keys
