// Everything but the schema and who may send.
MATCH (n)
WHERE NOT n:Migration AND NOT n:MigrationLock AND NOT n:Source AND NOT n:Key
CALL (n) {
  DETACH DELETE n
} IN TRANSACTIONS OF 2000 ROWS
