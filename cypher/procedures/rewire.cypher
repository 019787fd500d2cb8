// purpose:    Bring profiles in line with a decision: identifiers leave their profile (moved),
//             profiles that nobody is left in go (retired), others take the id that is now theirs
//             (renamed), and identifiers join (joined). Then mark what is shared and contested, and
//             which links are refused and why.
// mode:       write
// params:     moved: LIST OF STRING, retired: LIST OF STRING, renamed: LIST OF MAP, joined: LIST OF MAP, contested: LIST OF MAP, shared: LIST OF STRING, refusals: LIST OF MAP
// returns:    nothing
// locks:      the profiles; the identifiers, which the transaction holds
// cost:       O(identifiers moved and links marked)
// idempotent: no; the decision is made in the same transaction
CALL () {
  UNWIND $moved AS key
  MATCH (:Identifier {key: key})-[old:IDENTIFIES]->(:Profile)
  DELETE old
}
CALL () {
  UNWIND $retired AS id
  MATCH (p:Profile {id: id})
  DELETE p
}
// Ids may go round in a circle, so all are given up before any is taken.
CALL () {
  UNWIND $renamed AS row
  MATCH (p:Profile {id: row.was})
  SET p.id = '~' + row.was
}
CALL () {
  UNWIND $renamed AS row
  MATCH (p:Profile {id: '~' + row.was})
  SET p.id = row.id
}
CALL () {
  UNWIND $joined AS row
  MERGE (p:Profile {id: row.id})
  ON CREATE SET p.contested = false
  WITH p, row
  UNWIND row.keys AS key
  MATCH (i:Identifier {key: key})
  CREATE (i)-[:IDENTIFIES]->(p)
}
CALL () {
  UNWIND $contested AS row
  MATCH (p:Profile {id: row.id})
  SET p.contested = row.contested
}
CALL () {
  UNWIND $shared AS key
  MATCH (i:Identifier {key: key})
  SET i.shared = true
}
CALL () {
  UNWIND $refusals AS row
  MATCH (:Identifier {key: row.a})-[s:SEEN_WITH]->(:Identifier {key: row.b})
  SET s.refused = row.reason
}
FINISH
