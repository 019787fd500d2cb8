// purpose:    Which profiles may be two people, held together by one weak link? A link is weak when
//             an end is a device or cookie, or when it was seen at most so often, and no program or
//             person declared it. It is a bridge when no other way of links that count leads from
//             its one end to its other, and on both sides there is an identifier of a person.
//             Devices and cookies come first, then where the smaller side is the larger: there is
//             more to lose.
// mode:       read
// params:     seen_at_most: INTEGER = 1, limit: INTEGER = 25
// returns:    profile_id: STRING, one: STRING, other: STRING, seen: INTEGER, last_seen: ZONED DATETIME, one_side: LIST OF STRING, other_side: LIST OF STRING
// locks:      none
// cost:       O(links, and for each weak one in a profile of several, the links of that profile)
// idempotent: yes
// public:     yes
CALL () {
  MATCH (n:Namespace)
  RETURN
    collect(CASE WHEN n.kind = 'person' THEN n.name END) AS of_person,
    collect(CASE WHEN n.kind IN ['device', 'cookie'] THEN n.name END) AS of_device
}
MATCH (p:Profile)
WITH p, of_person, of_device, [(p)<-[:IDENTIFIES]-(i:Identifier) | i] AS members
WHERE size([i IN members WHERE i.namespace IN of_person]) > 1
UNWIND members AS one
MATCH (one)-[s:SEEN_WITH]->(other:Identifier)
WHERE s.refused IS NULL AND other IN members
WITH
  p, members, of_person, of_device, one, other,
  collect(s) AS evidence, sum(s.count) AS seen, max(s.last_seen) AS last_seen,
  size([end IN [one, other] WHERE end.namespace IN of_device]) AS devices
WHERE (devices > 0 OR seen <= $seen_at_most)
  AND none(s IN evidence WHERE s.kind IN ['manual', 'declared'])
// Whom the one end still reaches without this link.
CALL (members, one, evidence) {
  MATCH (one)
    ((a)-[s:SEEN_WITH WHERE s.refused IS NULL AND NOT s IN evidence]-(b WHERE b IN members))*
    (i:Identifier)
  RETURN collect(DISTINCT i) AS reached
}
WITH *
WHERE NOT other IN reached
CALL (members, reached, of_person) {
  UNWIND members AS i
  WITH i, reached, of_person
  WHERE i.namespace IN of_person
  WITH i.key AS key, i IN reached AS is_here
  ORDER BY key
  RETURN
    collect(CASE WHEN is_here THEN key END) AS one_side,
    collect(CASE WHEN NOT is_here THEN key END) AS other_side
}
WITH *
WHERE one_side <> [] AND other_side <> []
RETURN
  p.id AS profile_id,
  one.key AS one,
  other.key AS other,
  seen,
  last_seen,
  one_side,
  other_side
ORDER BY
  devices > 0 DESC,
  CASE WHEN size(one_side) < size(other_side) THEN size(one_side) ELSE size(other_side) END DESC,
  seen, last_seen, one, other
LIMIT $limit
