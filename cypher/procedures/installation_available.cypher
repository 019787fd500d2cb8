// purpose:    Say whether APOC Extended is there to install procedures with.
// mode:       read
// params:     none
// returns:    name: STRING
// locks:      none
// cost:       O(procedures of the server)
// idempotent: yes
SHOW PROCEDURES
YIELD name
WHERE name = 'apoc.custom.installProcedure'
RETURN name
