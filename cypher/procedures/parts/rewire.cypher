// purpose: Bring profiles in line with a decision.
// takes:   moved, retired: LIST OF STRING; renamed, joined, contested: LIST OF MAP
// gives:   nothing
CALL (moved) {
  UNWIND moved AS key
  MATCH (:Identifier {key: key})-[old:IDENTIFIES]->(:Profile)
  DELETE old
}
CALL (retired) {
  UNWIND retired AS id
  MATCH (p:Profile {id: id})
  DELETE p
}
// Ids may go round in a circle, so all are given up before any is taken.
CALL (renamed) {
  UNWIND renamed AS row
  MATCH (p:Profile {id: row.was})
  SET p.id = '~' + row.was
}
CALL (renamed) {
  UNWIND renamed AS row
  MATCH (p:Profile {id: '~' + row.was})
  SET p.id = row.id
}
CALL (joined) {
  UNWIND joined AS row
  MERGE (p:Profile {id: row.id})
  ON CREATE SET p.contested = false
  WITH p, row
  UNWIND row.keys AS key
  MATCH (i:Identifier {key: key})
  CREATE (i)-[:IDENTIFIES]->(p)
}
CALL (contested) {
  UNWIND contested AS row
  MATCH (p:Profile {id: row.id})
  SET p.contested = row.contested
}
