// purpose:    Keep, for each identifier, source and trait, the latest value with its time.
// mode:       write
// params:     traits: LIST OF MAP
// returns:    nothing
// locks:      none beyond the identifiers, which the transaction holds
// cost:       O(traits, and those that their identifiers have)
// idempotent: yes; an earlier value changes nothing, and of two at one time the one whose message
//             id is greater wins
// plan:       once
UNWIND $traits AS row
MATCH (i)
WHERE elementId(i) = row.node
// include: latest_traits
FINISH
