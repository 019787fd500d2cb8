// purpose:    Install a procedure, or put it in the place of the one of its name. Runs on the
//             database system.
// mode:       write
// params:     signature: STRING, statement: STRING, database: STRING, mode: STRING, description: STRING
// returns:    nothing
// locks:      the installed procedure
// cost:       O(1)
// idempotent: yes
CALL apoc.custom.installProcedure($signature, $statement, $database, $mode, $description)
