// purpose:    Keep what is known of devices, the latest word winning, and which identifiers are on
//             them.
// mode:       write
// params:     devices: LIST OF MAP
// returns:    nothing
// locks:      each device, in the order given: sort by id
// cost:       O(devices and their identifiers)
// idempotent: yes
UNWIND $devices AS row
MERGE (d:Device {id: row.id})
SET d.locked = true
WITH d, row
FOREACH (_ IN CASE WHEN d.seen_at IS NULL OR d.seen_at <= row.facts.seen_at THEN [1] ELSE [] END |
  SET d += row.facts
)
REMOVE d.locked
WITH d, row
UNWIND row.identifiers AS key
MATCH (i:Identifier {key: key})
MERGE (i)-[:ON]->(d)
