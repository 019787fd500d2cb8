// purpose:    List the migrations that this graph has.
// mode:       read
// params:     none
// returns:    version: INTEGER, name: STRING, checksum: STRING
// locks:      none
// cost:       O(migrations)
// idempotent: yes
MATCH (m:Migration)
RETURN m.version AS version, m.name AS name, m.checksum AS checksum
ORDER BY version
