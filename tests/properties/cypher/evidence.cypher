UNWIND $identifiers AS row
CREATE (i:Identifier)
SET i = row, i.stored_at = datetime.statement()
CREATE (i)-[:IDENTIFIES]->(:Profile {id: i.born_as, contested: false})
WITH collect(i) AS stored
CALL () {
  UNWIND $links AS row
  MATCH (a:Identifier {key: row.a})
  MATCH (b:Identifier {key: row.b})
  CREATE (a)-[:SEEN_WITH {
    kind: row.kind, first_seen: row.first_seen, last_seen: row.last_seen, count: 1, sources: []
  }]->(b)
}
CALL () {
  UNWIND $separations AS row
  MATCH (a:Identifier {key: row[0]})
  MATCH (b:Identifier {key: row[1]})
  CREATE (a)-[:SEPARATED_FROM]->(b)
}
FINISH
