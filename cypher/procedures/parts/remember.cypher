// purpose: Remember decisions about who is who. The time is the database's, and is read when all locks
//          are held, not when the statement began to wait for them: so of two changes of one
//          identifier the later one is after.
// takes:   changes: LIST OF MAP, each a NODE and the IDENTIFIERS concerned, with the id of their
//          profile as it was and as it became, where that changed
// gives:   nothing
CALL (changes) {
  WITH changes, datetime.truncate('microsecond', datetime.realtime()) AS now
  UNWIND changes AS row
  CREATE (c:Change)
  SET c = row.node, c.at = now
  WITH c, row
  CALL (c, row) {
    UNWIND row.node.profiles AS id
    MATCH (bearer:Identifier {born_as: id})
    USING INDEX SEEK bearer:Identifier(born_as)
    CREATE (c)-[:ABOUT]->(bearer)
  }
  CALL (c, row) {
    UNWIND row.identifiers AS one
    MATCH (i:Identifier {key: one.key})
    USING INDEX SEEK i:Identifier(key)
    CREATE (c)-[:CONCERNS {was: one.was, became: one.became}]->(i)
  }
}
