// purpose: Keep what is known of devices, and which identifiers are on them. The latest word on
//          each fact wins, and an earlier one fills a gap.
// takes:   $devices: LIST OF MAP, by id, which is the order of the locks
// gives:   nothing
CALL () {
  UNWIND $devices AS row
  WITH row, datetime.fromepoch(row.seen_at[0], row.seen_at[1]) AS seen_at
  MERGE (d:Device {id: row.id})
  REMOVE d.locked
  WITH d, row, seen_at, properties(d) AS known
  SET d += row.facts, d.seen_at = seen_at
  FOREACH (_ IN CASE WHEN known.seen_at > seen_at THEN [1] ELSE [] END |
    SET d += known
  )
  WITH d, row
  UNWIND row.identifiers AS node
  MATCH (i)
  WHERE elementId(i) = node
  MERGE (i)-[:ON]->(d)
}
