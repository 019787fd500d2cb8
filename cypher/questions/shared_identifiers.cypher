// purpose:    Which identifiers do so many people use that they link nobody any more? A kiosk, a
//             till, a call centre's telephone.
// mode:       read
// params:     limit: INTEGER = 100
// returns:    identifier: STRING, namespace: STRING, seen_with: INTEGER, events: INTEGER, first_seen: ZONED DATETIME, last_seen: ZONED DATETIME
// locks:      none
// cost:       O(identifiers)
// idempotent: yes
// public:     yes
MATCH (i:Identifier)
WHERE i.shared
WITH i, COUNT { (i)-[:SEEN_WITH]-() } AS degree
ORDER BY degree DESC, i.key
LIMIT $limit
RETURN
  i.key AS identifier,
  i.namespace AS namespace,
  COUNT { MATCH (i)-[:SEEN_WITH]-(other:Identifier) RETURN DISTINCT other } AS seen_with,
  COUNT { (i)<-[:BY]-() } + COUNT { (i)<-[:NAMES]-() } AS events,
  i.first_seen AS first_seen,
  i.last_seen AS last_seen
ORDER BY seen_with DESC, identifier
