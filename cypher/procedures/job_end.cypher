// purpose:    Let go of a job: what it told is kept, or what went wrong; or it waits again. No row
//             where it is not held any more.
// mode:       write
// params:     id: STRING, holder: STRING, state: STRING, told: STRING, error_code: STRING, error: STRING
// returns:    id: STRING
// locks:      the job
// cost:       O(1)
// idempotent: yes
MATCH (j:Job {id: $id})
USING INDEX SEEK j:Job(id)
REMOVE j.locked
WITH j
WHERE j.state = 'running' AND j.holder = $holder
SET
  j.state = $state, j.told = $told, j.error_code = $error_code, j.error = $error,
  j.holder = null, j.held_until = null,
  j.ended_at = CASE
    WHEN $state <> 'waiting' THEN datetime.truncate('microsecond', datetime.realtime())
  END,
  // Whoever gives one back was told to stop: that is not the job's fault.
  j.tries = CASE WHEN $state = 'waiting' THEN j.tries - 1 ELSE j.tries END
RETURN j.id AS id
