// purpose:    The statements that make the constraints that there are.
// mode:       read
// params:     none
// returns:    statement: STRING
// locks:      none
// cost:       O(constraints)
// idempotent: yes
SHOW CONSTRAINTS
YIELD name, createStatement
RETURN createStatement AS statement
ORDER BY name
