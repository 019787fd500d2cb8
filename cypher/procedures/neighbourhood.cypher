// purpose:    Lock everything in the profiles of these identifiers, and give the evidence about it:
//             each identifier, and each link of one that is not shared.
// mode:       write
// params:     keys: LIST OF STRING
// returns:    members: LIST OF MAP
// locks:      the profiles, in the order of their ids; then all their identifiers, by key
// cost:       O(identifiers and links of the profiles)
// idempotent: yes; it changes nothing
// plan:       once
UNWIND $keys AS key
MATCH (named:Identifier {key: key})-[:IDENTIFIES]->(p:Profile)
USING INDEX SEEK named:Identifier(key)
WITH DISTINCT p
ORDER BY p.id
REMOVE p.locked
WITH collect(p) AS profiles
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
