// purpose:    Lock the profiles of identifiers that were seen together for the first time, and tell
//             what bringing each two together would meet: enough to see that nothing is contested.
// mode:       write
// params:     keys: LIST OF STRING, counted: LIST OF STRING, devices: LIST OF STRING, people: LIST OF STRING, limited: LIST OF STRING, unique: LIST OF STRING, device_joins: INTEGER
// returns:    moved: BOOLEAN, members: LIST OF MAP, profiles: LIST OF MAP, counts: LIST OF MAP, users: LIST OF MAP
// locks:      the profiles, in the order of their ids. The transaction holds the identifiers
// cost:       O(identifiers given and the links of those that are counted or devices); and
//             O(identifiers) of a profile that has no more than 100
// idempotent: yes; it changes nothing
// plan:       once
CALL () {
  UNWIND $keys AS key
  MATCH (named:Identifier {key: key})-[:IDENTIFIES]->(p:Profile)
  USING INDEX SEEK named:Identifier(key)
  WITH DISTINCT p
  ORDER BY p.id
  REMOVE p.locked
  RETURN collect(p) AS locked
}
// While it waited for a lock, an identifier may have come to a profile that it does not hold.
CALL (locked) {
  UNWIND $keys AS key
  MATCH (i:Identifier {key: key})-[:IDENTIFIES]->(p:Profile)
  USING INDEX SEEK i:Identifier(key)
  RETURN collect({key: key, profile_id: p.id}) AS members, collect(DISTINCT p) AS there
}
CALL (there) {
  UNWIND there AS p
  MATCH (bearer:Identifier {born_as: p.id})
  USING INDEX SEEK bearer:Identifier(born_as)
  WITH p, bearer, COUNT { (p)<-[:IDENTIFIES]-() } AS size
  RETURN collect({
    id: p.id,
    bearer: bearer.key,
    contested: p.contested,
    stored_at: [bearer.stored_at.epochSeconds, bearer.stored_at.nanosecond],
    size: size,
    limited: CASE WHEN size <= 100 THEN COLLECT {
      // Without a label, so that never the index of all identifiers by namespace is used.
      MATCH (p)<-[:IDENTIFIES]-(i)
      WHERE i.namespace IN $limited
      RETURN i.namespace
    } END
  }) AS profiles
}
CALL (locked) {
  UNWIND $counted AS key
  MATCH (counted:Identifier {key: key})-[:SEEN_WITH]-(other)
  USING INDEX SEEK counted:Identifier(key)
  WHERE other.namespace IN $unique
  WITH key, other.namespace AS namespace, count(DISTINCT other) AS values
  WITH key, max(values) AS values
  RETURN collect({key: key, values: values}) AS counts
}
CALL (locked) {
  UNWIND $devices AS key
  MATCH (device:Identifier {key: key})-[:SEEN_WITH]-(user)
  USING INDEX SEEK device:Identifier(key)
  WHERE NOT user.shared AND user.namespace IN $people
  WITH key, collect(DISTINCT user) AS users
  RETURN collect({
    key: key,
    users: [user IN users | user.key],
    known: CASE WHEN size(users) > $device_joins THEN COLLECT {
      UNWIND users AS one
      UNWIND users AS other
      WITH one, other
      WHERE one.key < other.key AND EXISTS { (one)-[:SEEN_WITH]-(other) }
      RETURN [one.key, other.key]
    } ELSE [] END
  }) AS users
}
RETURN any(p IN there WHERE NOT p IN locked) AS moved, members, profiles, counts, users
