MATCH (n)
WHERE NOT n:Migration|MigrationLock
DETACH DELETE n
