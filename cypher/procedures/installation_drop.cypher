// purpose:    Take away an installed procedure. Runs on the database system.
// mode:       write
// params:     name: STRING, database: STRING
// returns:    nothing
// locks:      the installed procedure
// cost:       O(1)
// idempotent: yes; a second run finds nothing to take away
CALL apoc.custom.dropProcedure($name, $database)
