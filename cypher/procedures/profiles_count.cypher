// purpose:    How many profiles there are.
// mode:       read
// params:     none
// returns:    profiles: INTEGER
// locks:      none
// cost:       O(1): Neo4j counts them as they come and go
// idempotent: yes
MATCH (p:Profile)
RETURN count(p) AS profiles
