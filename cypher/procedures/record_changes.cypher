// purpose:    Remember decisions about who is who, each with its cause, rule and time.
// mode:       write
// params:     changes: LIST OF MAP
// returns:    nothing
// locks:      none beyond the identifiers, which the transaction holds
// cost:       O(changes and the identifiers they concern)
// idempotent: no; the decision is made in the same transaction
UNWIND $changes AS row
CREATE (c:Change)
SET c = row.node
WITH c, row
UNWIND row.identifiers AS key
MATCH (i:Identifier {key: key})
CREATE (c)-[:CONCERNS]->(i)
