// purpose:    Lock everything in the profiles of these identifiers, and give the evidence about it:
//             each identifier, and each link of one that is not shared.
// mode:       write
// params:     keys: LIST OF STRING
// returns:    key: STRING, born_as: STRING, stored_at: ZONED DATETIME, shared: BOOLEAN, profile_id: STRING, contested: BOOLEAN, links: LIST OF MAP
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
RETURN
  i.key AS key,
  i.born_as AS born_as,
  i.stored_at AS stored_at,
  i.shared AS shared,
  p.id AS profile_id,
  p.contested AS contested,
  CASE WHEN i.shared THEN [] ELSE COLLECT {
    MATCH (i)-[s:SEEN_WITH]-(other:Identifier)
    RETURN {
      other: other.key, other_shared: other.shared, kind: s.kind,
      first_seen: s.first_seen, last_seen: s.last_seen, refused: s.refused
    }
  } END AS links
