MATCH (n)
WHERE NOT n:Migration AND NOT n:MigrationLock
DETACH DELETE n
