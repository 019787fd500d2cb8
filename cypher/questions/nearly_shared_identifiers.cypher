// purpose:    Which identifiers are close to being shared: seen with several values of a namespace
//             of which one person has only one? Without at_least, half of what the rules have for
//             shared_after, and two at the least; without unique_namespaces, those of the rules.
// mode:       read
// params:     at_least: INTEGER = null, unique_namespaces: LIST OF STRING = null, limit: INTEGER = 100
// returns:    identifier: STRING, namespace: STRING, unique_namespace: STRING, different_values: INTEGER, last_seen: ZONED DATETIME
// locks:      none
// cost:       O(identifiers, and the links of those that have at_least links)
// idempotent: yes
// public:     yes
CALL () {
  MATCH (r:Rules {name: 'rules'})
  RETURN coalesce(
    $at_least, CASE WHEN r.shared_after > 4 THEN r.shared_after / 2 ELSE 2 END
  ) AS at_least
}
CALL (at_least) {
  MATCH (n:Namespace)
  WHERE n.max_per_profile = 1
  RETURN coalesce($unique_namespaces, collect(n.name)) AS unique_namespaces
}
MATCH (i:Identifier)
WHERE NOT i.shared AND COUNT { (i)-[:SEEN_WITH]-() } >= at_least
MATCH (i)-[s:SEEN_WITH]-(other:Identifier)
WHERE other.namespace IN unique_namespaces AND NOT other.shared
WITH
  i,
  at_least,
  other.namespace AS unique_namespace,
  count(DISTINCT other) AS different_values,
  max(s.last_seen) AS last_seen
WHERE different_values >= at_least
RETURN
  i.key AS identifier,
  i.namespace AS namespace,
  unique_namespace,
  different_values,
  last_seen
ORDER BY different_values DESC, last_seen DESC, identifier
LIMIT $limit
