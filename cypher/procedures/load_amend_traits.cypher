// purpose:    Give traits of identifiers or accounts a latest or first value that the offline importer
//             could not be told of: a list of one empty text.
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
  RETURN row, t
  UNION ALL
  UNWIND $accounts AS row
  MATCH (:Account {key: row.key})-[:HAS]->(t:Trait)
  WHERE t.source = row.source AND t.name = row.name
  RETURN row, t
}
FOREACH (_ IN CASE WHEN row.latest THEN [1] ELSE [] END | SET t.value = [''])
FOREACH (_ IN CASE WHEN row.first THEN [1] ELSE [] END | SET t.first_value = [''])
FINISH
