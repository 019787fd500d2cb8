// purpose:    Tie stored events to their source, their owner and the other identifiers they name.
//             What a message that contradicts itself names is no evidence, so no SEEN_WITH tells
//             later that its owner was there: NAMED_WITH does.
// mode:       write
// params:     events: LIST OF MAP
// returns:    nothing
// locks:      the events, which this transaction stored; their identifiers, which it holds
// cost:       O(events and what they name)
// idempotent: no; only for events that claim_events just returned
// plan:       once
UNWIND $events AS row
MATCH (e:Event {message_id: row.message_id})
MATCH (s:Source {id: row.source})
CREATE (e)-[:FROM]->(s)
WITH e, row
CALL (e, row) {
  WITH e, row
  WHERE row.by IS NOT NULL
  MATCH (owner:Identifier {key: row.by})
  CREATE (e)-[:BY]->(owner)
}
CALL (e, row) {
  UNWIND row.names AS key
  MATCH (named:Identifier {key: key})
  CREATE (e)-[:NAMES {identifier: key, by_namespace: row.by_namespace, at: e.at}]->(named)
}
CALL (row) {
  WITH row
  WHERE row.contradicts
  MATCH (owner:Identifier {key: row.by})
  UNWIND row.names AS key
  MATCH (named:Identifier {key: key})
  MERGE (owner)-[:NAMED_WITH]->(named)
}
FINISH
