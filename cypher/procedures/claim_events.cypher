// purpose:    Store the events that are not stored yet, and say which these are, each with its
//             element id. A message that was sent before is left as it is.
// mode:       write
// params:     events: LIST OF MAP
// returns:    message_ids: LIST OF STRING, nodes: LIST OF STRING
// locks:      each event's key, in the order given: sort by message_id
// cost:       O(events)
// idempotent: yes; a second run returns none
// plan:       once
UNWIND $events AS row
MERGE (e:Event {message_id: row.node.message_id})
WITH e, row
WHERE e.type IS NULL // Every event has a type, so this one was made just now.
SET
  e = row.node,
  e.at = datetime.fromepoch(row.at[0], row.at[1]),
  e.received_at = datetime.fromepoch(row.received_at[0], row.received_at[1])
RETURN collect(e.message_id) AS message_ids, collect(elementId(e)) AS nodes
