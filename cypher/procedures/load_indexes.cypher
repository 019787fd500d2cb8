// purpose:    The statements that make the indexes that there are, but for those of constraints and
//             those that every database has.
// mode:       read
// params:     none
// returns:    statement: STRING
// locks:      none
// cost:       O(indexes)
// idempotent: yes
SHOW INDEXES
YIELD name, type, owningConstraint, createStatement
WHERE owningConstraint IS NULL AND type <> 'LOOKUP'
RETURN createStatement AS statement
ORDER BY name
