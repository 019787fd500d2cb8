// purpose:    Which profiles hold the most identifiers? An accident (a shared till, a placeholder
//             that nobody blocked) shows here first.
// mode:       read
// params:     limit: INTEGER = 25
// returns:    profile_id: STRING, identifiers: INTEGER, namespaces: LIST OF MAP, events: INTEGER, contested: BOOLEAN, first_seen: ZONED DATETIME, last_seen: ZONED DATETIME
// locks:      none
// cost:       O(profiles); each is counted without looking at its identifiers
// idempotent: yes
// public:     yes
MATCH (p:Profile)
WITH p, COUNT { (p)<-[:IDENTIFIES]-() } AS identifiers
ORDER BY identifiers DESC, p.id
LIMIT $limit
CALL (p) {
  MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
  WITH
    i.namespace AS namespace,
    count(*) AS times,
    sum(COUNT { (i)<-[:BY]-() }) AS events,
    min(i.first_seen) AS first_seen,
    max(i.last_seen) AS last_seen
  ORDER BY namespace
  RETURN
    collect({namespace: namespace, identifiers: times}) AS namespaces,
    sum(events) AS events,
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen
}
RETURN
  p.id AS profile_id,
  identifiers,
  namespaces,
  events,
  p.contested AS contested,
  first_seen,
  last_seen
ORDER BY identifiers DESC, profile_id
