// purpose:    Tie stored events to their source, their owner and the other identifiers they name.
//             What a message that contradicts itself names is no evidence, so no SEEN_WITH tells
//             later that its owner was there: NAMED_WITH does.
// mode:       write
// params:     sources: LIST OF MAP
// returns:    nothing
// locks:      the events, which this transaction stored; their identifiers, which it holds
// cost:       O(events and what they name)
// idempotent: no; only for events that claim_events just returned
// plan:       once
UNWIND $sources AS source
MATCH (s:Source {id: source.id})
UNWIND source.events AS row
MATCH (e)
WHERE elementId(e) = row.node
CREATE (e)-[:FROM]->(s)
WITH e, row
CALL (e, row) {
  MATCH (owner)
  WHERE elementId(owner) = row.by
  CREATE (e)-[:BY]->(owner)
}
CALL (e, row) {
  UNWIND row.names AS name
  MATCH (named)
  WHERE elementId(named) = name
  CREATE (e)-[:NAMES {identifier: named.key, by_namespace: row.by_namespace, at: e.at}]->(named)
}
CALL (row) {
  WITH row
  WHERE row.contradicts
  MATCH (owner)
  WHERE elementId(owner) = row.by
  UNWIND row.names AS name
  MATCH (named)
  WHERE elementId(named) = name
  MERGE (owner)-[:NAMED_WITH]->(named)
}
FINISH
