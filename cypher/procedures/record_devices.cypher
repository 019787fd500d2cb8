// purpose:    Keep what is known of devices, the latest word winning, and which identifiers are on
//             them.
// mode:       write
// params:     devices: LIST OF MAP
// returns:    nothing
// locks:      each device, in the order given: sort by id
// cost:       O(devices and their identifiers)
// idempotent: yes
UNWIND $devices AS row
WITH row, datetime.fromepoch(row.seen_at[0], row.seen_at[1]) AS seen_at
MERGE (d:Device {id: row.id})
SET d.locked = true
WITH d, row, seen_at
FOREACH (_ IN CASE WHEN d.seen_at IS NULL OR d.seen_at <= seen_at THEN [1] ELSE [] END |
  SET d += row.facts, d.seen_at = seen_at
)
REMOVE d.locked
WITH d, row
UNWIND row.identifiers AS key
MATCH (i:Identifier {key: key})
MERGE (i)-[:ON]->(d)
