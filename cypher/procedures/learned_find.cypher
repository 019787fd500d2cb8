// purpose:    What was learned under these names: when, of what, and how many events there were then;
//             with what was counted itself, where it is wanted.
// mode:       read
// params:     names: LIST OF STRING, whole: BOOLEAN
// returns:    name: STRING, learned_at: ZONED DATETIME, subject: STRING, events: INTEGER, counted: BYTES
// locks:      none
// cost:       O(names)
// idempotent: yes
UNWIND $names AS name
MATCH (l:Learned {name: name})
RETURN
  l.name AS name,
  l.learned_at AS learned_at,
  l.subject AS subject,
  l.events AS events,
  CASE WHEN $whole THEN l.counted END AS counted
