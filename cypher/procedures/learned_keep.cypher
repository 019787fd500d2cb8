// purpose:    Keep what was learned, unless somebody else is learning by now; what is kept under other
//             names goes.
// mode:       write
// params:     holder: STRING, learned: LIST OF MAP, names: LIST OF STRING
// returns:    kept: INTEGER
// locks:      the one Learner node, before anything else
// cost:       O(names)
// idempotent: yes
MATCH (one:Learner {name: 'next_step'})
REMOVE one.locked
WITH one
WHERE one.holder = $holder
CALL () {
  MATCH (l:Learned)
  WHERE NOT l.name IN $names
  DELETE l
}
UNWIND $learned AS row
MERGE (l:Learned {name: row.name})
SET
  l.learned_at = row.learned_at,
  l.subject = row.subject,
  l.events = row.events,
  l.counted = row.counted
RETURN count(l) AS kept
