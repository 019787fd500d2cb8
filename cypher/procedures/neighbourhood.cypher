// purpose:    Lock everything in the profiles of these identifiers, and give the evidence about it:
//             each identifier, and each link of one that is not shared.
// mode:       write
// params:     keys: LIST OF STRING
// returns:    members: LIST OF MAP
// locks:      all identifiers of the profiles, in the order of their keys
// cost:       O(identifiers and links of the profiles)
// idempotent: yes; it changes nothing
UNWIND $keys AS key
MATCH (:Identifier {key: key})-[:IDENTIFIES]->(p:Profile)
WITH DISTINCT p
MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
WITH i
ORDER BY i.key
SET i.locked = true
REMOVE i.locked
WITH collect(i) AS locked
UNWIND locked AS i
MATCH (i)-[:IDENTIFIES]->(p:Profile)
RETURN collect({
  key: i.key,
  born_as: i.born_as,
  stored_at: [i.stored_at.epochSeconds, i.stored_at.nanosecond],
  shared: i.shared,
  profile_id: p.id,
  contested: p.contested,
  links: CASE WHEN i.shared THEN [] ELSE COLLECT {
    MATCH (i)-[s:SEEN_WITH]-(other:Identifier)
    RETURN [
      other.key, other.shared, s.kind, s.refused,
      [s.first_seen.epochSeconds, s.first_seen.nanosecond],
      [s.last_seen.epochSeconds, s.last_seen.nanosecond]
    ]
  } END,
  separated: [(i)-[:SEPARATED_FROM]-(other:Identifier) | other.key]
}) AS members
