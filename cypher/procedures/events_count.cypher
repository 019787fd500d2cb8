// purpose:    How many events there are.
// mode:       read
// params:     none
// returns:    events: INTEGER
// locks:      none
// cost:       O(1): Neo4j counts them as they come and go
// idempotent: yes
MATCH (e:Event)
RETURN count(e) AS events
