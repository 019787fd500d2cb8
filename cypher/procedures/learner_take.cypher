// purpose:    Be the one who learns for the next seconds, or stay it; somebody else may be it still.
// mode:       write
// params:     holder: STRING, seconds: INTEGER
// returns:    taken: BOOLEAN
// locks:      the one Learner node, before anything else
// cost:       O(1)
// idempotent: yes
MERGE (one:Learner {name: 'next_step'})
REMOVE one.locked
WITH one, coalesce(one.holder = $holder OR one.until < datetime(), true) AS taken
SET
  one.holder = CASE WHEN taken THEN $holder ELSE one.holder END,
  one.until = CASE WHEN taken THEN datetime() + duration({seconds: $seconds}) ELSE one.until END
RETURN taken
