// purpose:    Which links were refused, for what reason, between which namespaces, and which are
//             three of them that were seen last?
// mode:       read
// params:     none
// returns:    reason: STRING, namespaces: STRING, links: INTEGER, last_seen: ZONED DATETIME, examples: LIST OF MAP
// locks:      none
// cost:       O(links)
// idempotent: yes
// public:     yes
MATCH (a:Identifier)-[s:SEEN_WITH]->(b:Identifier)
WHERE s.refused IS NOT NULL
WITH a, b, s.refused AS reason, max(s.last_seen) AS last_seen
ORDER BY last_seen DESC, a.key, b.key
RETURN
  reason,
  a.namespace + ' · ' + b.namespace AS namespaces,
  count(*) AS links,
  max(last_seen) AS last_seen,
  collect({between: a.key, and: b.key, last_seen: last_seen})[..3] AS examples
ORDER BY links DESC, reason, namespaces
