// purpose:    Be no longer the one who learns.
// mode:       write
// params:     holder: STRING
// returns:    nothing
// locks:      the one Learner node
// cost:       O(1)
// idempotent: yes
MATCH (one:Learner {name: 'next_step', holder: $holder})
REMOVE one.holder, one.until
