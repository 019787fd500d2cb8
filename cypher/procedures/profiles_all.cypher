// purpose:    Every profile with the keys of its identifiers.
// mode:       batch
// params:     none
// returns:    id: STRING, keys: LIST OF STRING
// locks:      none
// cost:       O(identifiers of the graph)
// idempotent: yes
MATCH (p:Profile)<-[:IDENTIFIES]-(i:Identifier)
RETURN p.id AS id, collect(i.key) AS keys
