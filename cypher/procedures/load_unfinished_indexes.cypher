// purpose:    The indexes that could not be filled, or are not yet.
// mode:       read
// params:     none
// returns:    name: STRING
// locks:      none
// cost:       O(indexes)
// idempotent: yes
SHOW INDEXES
YIELD name, state
WHERE state <> 'ONLINE'
RETURN name
