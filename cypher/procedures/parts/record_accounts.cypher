// purpose: Keep the accounts that identifiers are the key of (OF) or belong to (MEMBER_OF).
// takes:   $accounts: LIST OF MAP, by key, which is the order of the locks
// gives:   nothing
CALL () {
  UNWIND $accounts AS row
  MERGE (a:Account {key: row.key})
  ON CREATE SET a.kind = row.kind, a.id = row.id, a.shared = row.shared
  WITH a, row
  CALL (a, row) {
    UNWIND row.holders AS node
    MATCH (i)
    WHERE elementId(i) = node
    MERGE (i)-[:OF]->(a)
  }
  CALL (a, row) {
    UNWIND row.members AS node
    MATCH (i)
    WHERE elementId(i) = node
    MERGE (i)-[:MEMBER_OF]->(a)
  }
}
