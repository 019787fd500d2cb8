// purpose:    Lock everything in the profiles of these identifiers, and give the evidence about it:
//             each identifier, and each link of one that is not shared. The profiles next to them,
//             by links that count, and those next to these are taken along: whoever decides would
//             ask for them next.
// mode:       write
// params:     keys: LIST OF STRING
// returns:    members: LIST OF MAP
// locks:      the profiles, in the order of their ids; then all their identifiers, by key
// cost:       O(identifiers and links of the profiles)
// idempotent: yes; it changes nothing
// plan:       once
CALL () {
  MATCH (n:Namespace)
  WHERE n.kind <> 'none'
  RETURN collect(n.name) AS linking
}
CALL (linking) {
  UNWIND $keys AS key
  MATCH (named:Identifier {key: key})-[:IDENTIFIES]->(p:Profile)
  USING INDEX SEEK named:Identifier(key)
  RETURN collect(DISTINCT p) AS here
}
// Nothing is locked yet, so who is near is only a guess. What it misses is asked for next.
CALL (here, linking) {
  UNWIND here AS p
  // include: next_to
  RETURN collect(DISTINCT next) AS near
}
CALL (near, linking) {
  UNWIND near AS p
  // include: next_to
  RETURN collect(DISTINCT next) AS far
}
CALL (far, linking) {
  UNWIND far AS p
  // include: next_to
  RETURN collect(DISTINCT next) AS farther
}
CALL (here, near, far, farther) {
  UNWIND here + near + far + farther AS p
  WITH DISTINCT p
  ORDER BY p.id
  REMOVE p.locked
  RETURN collect(p) AS profiles
}
UNWIND profiles AS p
MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
WITH i
ORDER BY i.key
REMOVE i.locked
WITH collect(i) AS locked
UNWIND locked AS i
WITH i, i.shared AS is_shared
// include: evidence
RETURN collect(member) AS members
