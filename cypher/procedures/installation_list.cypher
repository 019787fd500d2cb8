// purpose:    List the installed procedures, of knoop and of others, without the prefix custom.
//             Runs on the database system.
// mode:       read
// params:     database: STRING
// returns:    type: STRING, name: STRING, description: STRING
// locks:      none
// cost:       O(installed procedures)
// idempotent: yes
CALL apoc.custom.show($database)
YIELD type, name, description
RETURN type, name, description
