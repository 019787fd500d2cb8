// purpose:    The ids of the next profiles, in order; in one list, since a row costs its reader more.
// mode:       read
// params:     after: STRING, size: INTEGER
// returns:    ids: LIST OF STRING
// locks:      none
// cost:       O(profiles wanted)
// idempotent: yes
MATCH (p:Profile)
WHERE p.id > $after
WITH p.id AS id
ORDER BY id
LIMIT $size
RETURN collect(id) AS ids
