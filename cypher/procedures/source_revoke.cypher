// purpose:    Take all write keys of a source back. What it sent stays its own.
// mode:       write
// params:     source: STRING
// returns:    keys: INTEGER
// locks:      the source's keys
// cost:       O(keys of the source)
// idempotent: yes; a second run finds none
MATCH (s:Source {id: $source})
OPTIONAL MATCH (s)<-[:FOR]-(k:Key)
WITH s, collect(k) AS keys
FOREACH (k IN keys | DETACH DELETE k)
RETURN size(keys) AS keys
