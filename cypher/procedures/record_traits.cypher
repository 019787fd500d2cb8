// purpose:    Keep, for each identifier, source and trait, the latest value and the first, each
//             with its time.
// mode:       write
// params:     traits: LIST OF MAP
// returns:    nothing
// locks:      none beyond the identifiers, which the transaction holds
// cost:       O(traits, and those that their identifiers have)
// idempotent: yes; of two at one time the one whose message id is greater is the later
// plan:       once
UNWIND $traits AS row
MATCH (i)
WHERE elementId(i) = row.node
// include: said_traits
FINISH
