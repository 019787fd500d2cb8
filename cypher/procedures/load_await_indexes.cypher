// purpose:    Wait until every index is filled, for a day at most.
// mode:       read
// params:     none
// returns:    nothing
// locks:      none
// cost:       the time that filling takes
// idempotent: yes
CALL db.awaitIndexes(86400)
