// purpose:    How many identifiers are there of each namespace, how many are shared, and how many
//             stand alone: seen with no other, so that nobody knows whose they are?
// mode:       read
// params:     none
// returns:    namespace: STRING, identifiers: INTEGER, shared: INTEGER, alone: INTEGER, last_seen: ZONED DATETIME
// locks:      none
// cost:       O(identifiers)
// idempotent: yes
// public:     yes
MATCH (i:Identifier)
RETURN
  i.namespace AS namespace,
  count(*) AS identifiers,
  sum(CASE WHEN i.shared THEN 1 ELSE 0 END) AS shared,
  sum(CASE WHEN EXISTS { (i)-[:SEEN_WITH]-() } THEN 0 ELSE 1 END) AS alone,
  max(i.last_seen) AS last_seen
ORDER BY identifiers DESC, namespace
