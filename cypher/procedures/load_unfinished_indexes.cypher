// purpose:    The indexes that are not filled yet, or cannot be.
// mode:       read
// params:     none
// returns:    name: STRING, failed: BOOLEAN
// locks:      none
// cost:       O(indexes)
// idempotent: yes
SHOW INDEXES
YIELD name, state
WHERE state <> 'ONLINE'
RETURN name, state = 'FAILED' AS failed
