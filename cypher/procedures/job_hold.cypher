// purpose:    Go on holding a job, and say how far it is. No row where it is not held any more: it was
//             cancelled, or somebody else has it.
// mode:       write
// params:     id: STRING, holder: STRING, seconds: INTEGER, done: INTEGER, of: INTEGER
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
  j.done = $done, j.of = $of,
  j.held_until = datetime.realtime() + duration({seconds: $seconds})
RETURN j.id AS id
