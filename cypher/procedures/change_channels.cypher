// purpose:    Keep another channel and traffic source of events.
// mode:       write
// params:     events: LIST OF MAP
// returns:    nothing
// locks:      the events, in the order given
// cost:       O(events)
// idempotent: yes
UNWIND $events AS row
MATCH (e:Event {message_id: row.message_id})
SET e += row.told
