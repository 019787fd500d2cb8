// purpose:    Have the database know names, whether anything bears them or not.
// mode:       write
// params:     labels: LIST OF STRING, types: LIST OF STRING, properties: LIST OF STRING
// returns:    nothing
// locks:      none
// cost:       O(names)
// idempotent: yes
CALL () {
  UNWIND $labels AS name
  CALL db.createLabel(name)
}
CALL () {
  UNWIND $types AS name
  CALL db.createRelationshipType(name)
}
CALL () {
  UNWIND $properties AS name
  CALL db.createProperty(name)
}
FINISH
