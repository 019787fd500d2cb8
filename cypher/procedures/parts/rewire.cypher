// purpose: Bring profiles in line with a decision.
// takes:   moved, retired: LIST OF STRING; renamed, joined, contested: LIST OF MAP
// gives:   nothing
CALL (moved) {
  UNWIND moved AS key
  MATCH (mover:Identifier {key: key})-[old:IDENTIFIES]->(:Profile)
  USING INDEX SEEK mover:Identifier(key)
  DELETE old
}
CALL (retired) {
  UNWIND retired AS id
  MATCH (p:Profile {id: id})
  USING INDEX SEEK p:Profile(id)
  DELETE p
}
// Ids may go round in a circle, so all are given up before any is taken.
CALL (renamed) {
  UNWIND renamed AS row
  MATCH (p:Profile {id: row.was})
  USING INDEX SEEK p:Profile(id)
  SET p.id = '~' + row.was
}
CALL (renamed) {
  UNWIND renamed AS row
  MATCH (p:Profile {id: '~' + row.was})
  USING INDEX SEEK p:Profile(id)
  SET p.id = row.id
}
CALL (joined) {
  UNWIND joined AS row
  MERGE (p:Profile {id: row.id})
  ON CREATE SET p.contested = false
  WITH p, row
  UNWIND row.keys AS key
  MATCH (i:Identifier {key: key})
  USING INDEX SEEK i:Identifier(key)
  CREATE (i)-[:IDENTIFIES]->(p)
}
CALL (contested) {
  UNWIND contested AS row
  MATCH (p:Profile {id: row.id})
  USING INDEX SEEK p:Profile(id)
  SET p.contested = row.contested
}
