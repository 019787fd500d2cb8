// The last word of the changes on each link that was ever refused.
MATCH (c:Change)-[:CONCERNS]->(i:Identifier)
WHERE c.kind IN ['refused', 'accepted']
WITH c, i
ORDER BY i.key
WITH c, collect(i.key) AS keys
ORDER BY c.at
WITH keys, collect(c {.kind, .rule})[-1] AS last
RETURN keys, last.kind AS kind, last.rule AS rule
