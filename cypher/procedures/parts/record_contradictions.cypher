// purpose: Keep whom messages name that contradict themselves. That is no evidence, so no SEEN_WITH
//          tells later that the owner was there: NAMED_WITH does.
// takes:   $contradictions: LIST OF MAP
// gives:   nothing
CALL () {
  UNWIND $contradictions AS row
  MATCH (owner)
  WHERE elementId(owner) = row.by
  UNWIND row.names AS name
  MATCH (named)
  WHERE elementId(named) = name
  MERGE (owner)-[:NAMED_WITH]->(named)
}
