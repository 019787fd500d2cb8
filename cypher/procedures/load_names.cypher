// purpose:    The names that the database knows. Of a name that it does not know no property can be
//             removed, nor a lock be taken: see V006.
// mode:       read
// params:     none
// returns:    labels: LIST OF STRING, types: LIST OF STRING, properties: LIST OF STRING
// locks:      none
// cost:       O(names)
// idempotent: yes
CALL db.labels() YIELD label
WITH collect(label) AS labels
CALL db.relationshipTypes() YIELD relationshipType
WITH labels, collect(relationshipType) AS types
CALL db.propertyKeys() YIELD propertyKey
RETURN labels, types, collect(propertyKey) AS properties
