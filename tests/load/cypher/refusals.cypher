// The last word of the changes on each link that was ever refused and is still there: of one that
// was withdrawn, its withdrawal is the last word.
MATCH (c:Change)-[:CONCERNS]->(i:Identifier)
WHERE c.kind IN ['refused', 'accepted']
WITH c, i
ORDER BY i.key
WITH c, collect(i) AS ends
WHERE EXISTS { WITH ends[0] AS a, ends[1] AS b MATCH (a)-[:SEEN_WITH]->(b) }
WITH c, [i IN ends | i.key] AS keys
ORDER BY c.at
WITH keys, collect(c {.kind, .rule})[-1] AS last
RETURN keys, last.kind AS kind, last.rule AS rule
