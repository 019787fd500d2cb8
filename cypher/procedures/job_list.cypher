// purpose:    A page of the jobs, the newest first.
// mode:       read
// params:     before: ZONED DATETIME, before_id: STRING, personal: BOOLEAN, first: INTEGER
// returns:    job: MAP
// locks:      none
// cost:       O(first), and the jobs between that are not shown
// idempotent: yes
MATCH (j:Job)
WHERE j.created_at <= $before AND j.id IS NOT NULL
  AND (j.created_at < $before OR j.id < $before_id)
  AND ($personal OR NOT j.personal)
WITH j
ORDER BY j.created_at DESC, j.id DESC
LIMIT $first
// include: tell_job
RETURN job
ORDER BY job.created_at DESC, job.id DESC
