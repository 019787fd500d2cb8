// Every node that messages make.
MATCH (n)
WHERE NOT n:Migration AND NOT n:MigrationLock AND NOT n:Rules AND NOT n:Namespace
  AND NOT n:Source AND NOT n:Key
RETURN elementId(n) AS id, labels(n) AS kind, properties(n) AS properties
