// Every relationship that messages make.
MATCH (a)-[r]->(b)
WHERE NOT a:Rules AND NOT a:Source AND NOT a:Key
RETURN elementId(a) AS start, elementId(b) AS end, type(r) AS kind, properties(r) AS properties
