// purpose:    The next profiles, by their ids.
// mode:       read
// params:     after: STRING, size: INTEGER
// returns:    id: STRING
// locks:      none
// cost:       O(profiles wanted)
// idempotent: yes
MATCH (p:Profile)
WHERE p.id > $after
RETURN p.id AS id
ORDER BY id
LIMIT $size
