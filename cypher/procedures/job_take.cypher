// purpose:    Take the job that has waited longest, and hold it for so many seconds.
// mode:       write
// params:     holder: STRING, seconds: INTEGER
// returns:    id: STRING, asked: STRING
// locks:      the job
// cost:       O(1)
// idempotent: no
CALL () {
  MATCH (j:Job)
  WHERE j.state = 'waiting' AND j.created_at IS NOT NULL AND j.id IS NOT NULL
  RETURN j
  ORDER BY j.state, j.created_at, j.id
  LIMIT 1
}
REMOVE j.locked
WITH j
WHERE j.state = 'waiting'
SET
  j.state = 'running', j.holder = $holder, j.tries = j.tries + 1,
  j.started_at = datetime.truncate('microsecond', datetime.realtime()),
  j.held_until = datetime.realtime() + duration({seconds: $seconds})
RETURN j.id AS id, j.asked AS asked
