// purpose:    Cancel a job; one that has ended stays as it is.
// mode:       write
// params:     id: STRING
// returns:    job: MAP
// locks:      the job
// cost:       O(1)
// idempotent: yes
MATCH (j:Job {id: $id})
USING INDEX SEEK j:Job(id)
REMOVE j.locked
WITH j, j.state IN ['waiting', 'running'] AS open
SET
  j.state = CASE WHEN open THEN 'cancelled' ELSE j.state END,
  j.ended_at = CASE
    WHEN open THEN datetime.truncate('microsecond', datetime.realtime())
    ELSE j.ended_at
  END,
  j.holder = null, j.held_until = null
// include: tell_job
RETURN job
