// purpose:    Store the events that are not stored yet, and say which these are, each with its
//             element id; a message that was sent before is left as it is. If all are new, claim
//             what they name as well. Else that is to be told again, without what the others said:
//             claim_identifiers.
// mode:       write
// params:     events: LIST OF MAP, identifiers: LIST OF MAP
// returns:    keys: LIST OF STRING, nodes: LIST OF STRING, new: LIST OF STRING,
//             shared: LIST OF STRING, contested: LIST OF STRING, message_ids: LIST OF STRING,
//             events: LIST OF STRING
// locks:      each event's key, in the order given: sort by message_id; then each identifier, in the
//             order given: sort by key
// cost:       O(events and identifiers)
// idempotent: yes, but for the times seen, which only widen; a second run claims no event
// plan:       once
CALL () {
  UNWIND $events AS row
  MERGE (e:Event {message_id: row.node.message_id})
  WITH e, row
  WHERE e.type IS NULL // Every event has a type, so this one was made just now.
  SET
    e = row.node,
    e.at = datetime.fromepoch(row.at[0], row.at[1]),
    e.received_at = datetime.fromepoch(row.received_at[0], row.received_at[1])
  RETURN collect(e.message_id) AS message_ids, collect(elementId(e)) AS events
}
WITH
  message_ids, events,
  CASE WHEN size(events) = size($events) THEN $identifiers ELSE [] END AS identifiers
// include: claim_identifiers
RETURN keys, nodes, new, shared, contested, message_ids, events
