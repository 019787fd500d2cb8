// purpose:    How many nodes and relationships there are, of whatever kind.
// mode:       read
// params:     none
// returns:    nodes: INTEGER, relationships: INTEGER
// locks:      none
// cost:       O(1): Neo4j keeps these counts
// idempotent: yes
RETURN COUNT { () } AS nodes, COUNT { ()-->() } AS relationships
