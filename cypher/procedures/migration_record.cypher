// purpose:    Remember that a migration was run.
// mode:       write
// params:     version: INTEGER, name: STRING, checksum: STRING
// returns:    nothing
// locks:      the migration's node
// cost:       O(1)
// idempotent: yes; a second run changes nothing
MERGE (m:Migration {version: $version})
ON CREATE SET m.name = $name, m.checksum = $checksum, m.applied_at = datetime()
