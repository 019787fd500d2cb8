// purpose:    Give traits of identifiers or accounts a value that the offline importer could not be
//             told of: a list of one empty text.
// mode:       write
// params:     identifiers: LIST OF MAP, accounts: LIST OF MAP
// returns:    nothing
// locks:      each trait
// cost:       O(the traits that their holders have)
// idempotent: yes
CALL () {
  UNWIND $identifiers AS row
  MATCH (:Identifier {key: row.key})-[:HAS]->(t:Trait)
  WHERE t.source = row.source AND t.name = row.name
  SET t.value = ['']
}
CALL () {
  UNWIND $accounts AS row
  MATCH (:Account {key: row.key})-[:HAS]->(t:Trait)
  WHERE t.source = row.source AND t.name = row.name
  SET t.value = ['']
}
FINISH
