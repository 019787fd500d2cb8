// purpose:    Let one process at a time migrate. The lock ends with the transaction that holds it.
// mode:       write
// params:     none
// returns:    nothing
// locks:      the one MigrationLock node
// cost:       O(1)
// idempotent: yes
MERGE (l:MigrationLock {name: 'migrations'})
SET l.held_since = datetime()
