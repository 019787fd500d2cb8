// purpose:    Keep, for each account, source and trait, the latest value and the first, each
//             with its time.
// mode:       write
// params:     traits: LIST OF MAP
// returns:    nothing
// locks:      each account, in the order given: sort by account
// cost:       O(traits, and those that their accounts have)
// idempotent: yes; as record_traits
// plan:       once
UNWIND $traits AS row
MATCH (i:Account {key: row.account})
USING INDEX SEEK i:Account(key)
REMOVE i.locked
WITH i, row
// include: said_traits
FINISH
