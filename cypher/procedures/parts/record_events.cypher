// purpose: Tie stored events to their source, their owner and the other identifiers they name.
// takes:   $events: LIST OF MAP, a row a source; only events that this transaction stored
// gives:   nothing
CALL () {
  UNWIND $events AS source
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
}
