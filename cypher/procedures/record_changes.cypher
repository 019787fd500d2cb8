// purpose:    Remember decisions about who is who, each with its cause and rule, and whom it
//             concerns.
// mode:       write
// params:     changes: LIST OF MAP
// returns:    nothing
// locks:      none beyond the identifiers, which the transaction holds
// cost:       O(changes and the identifiers they concern)
// idempotent: no; the decision is made in the same transaction
// plan:       once
WITH $changes AS changes
// include: remember
FINISH
