// purpose:    Count what a large profile has of the namespaces that a profile has only so many of.
// mode:       read
// params:     id: STRING, limited: LIST OF STRING
// returns:    limited: LIST OF STRING
// locks:      none beyond the profile, which the transaction holds
// cost:       O(identifiers of the profile)
// idempotent: yes
// plan:       once
MATCH (p:Profile {id: $id})<-[:IDENTIFIES]-(i)
USING INDEX SEEK p:Profile(id)
// Without a label, so that never the index of all identifiers by namespace is used.
WHERE i.namespace IN $limited
RETURN collect(i.namespace) AS limited
