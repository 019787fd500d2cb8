CALL () {
  UNWIND $profiles AS keys
  CREATE (p:Profile {id: 'profile of ' + keys[0], contested: false})
  WITH p, keys
  UNWIND keys AS key
  MATCH (i:Identifier {key: key})-[old:IDENTIFIES]->(alone:Profile)
  DELETE old, alone
  CREATE (i)-[:IDENTIFIES]->(p)
}
CALL () {
  UNWIND $refused AS row
  MATCH (:Identifier {key: row[0]})-[s:SEEN_WITH]->(:Identifier {key: row[1]})
  SET s.refused = row[2]
}
FINISH
