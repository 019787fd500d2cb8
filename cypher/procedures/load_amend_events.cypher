// purpose:    Give events the properties that the offline importer could not be told of.
// mode:       write
// params:     events: LIST OF MAP
// returns:    nothing
// locks:      each event
// cost:       O(events)
// idempotent: yes
UNWIND $events AS row
MATCH (e:Event {message_id: row.message_id})
SET e += row.properties
FINISH
