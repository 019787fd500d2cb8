// purpose:    Let jobs wait again whose process is gone; one that was begun so often that it may be
//             what ends them has failed. And forget those that ended long ago.
// mode:       write
// params:     days: INTEGER, tries: INTEGER, error: STRING
// returns:    waiting: INTEGER, failed: INTEGER, forgotten: INTEGER
// locks:      the jobs that it changes
// cost:       O(jobs that run or ended long ago)
// idempotent: yes
CALL () {
  MATCH (j:Job)
  WHERE j.state = 'running' AND j.created_at IS NOT NULL AND j.id IS NOT NULL
    AND j.held_until < datetime.realtime()
  REMOVE j.locked
  WITH j
  WHERE j.state = 'running' AND j.held_until < datetime.realtime()
  WITH j, j.tries >= $tries AS failed
  SET
    j.state = CASE WHEN failed THEN 'failed' ELSE 'waiting' END,
    j.ended_at = CASE WHEN failed THEN datetime.truncate('microsecond', datetime.realtime()) END,
    j.error_code = CASE WHEN failed THEN 'interrupted' END,
    j.error = CASE WHEN failed THEN $error END,
    j.holder = null, j.held_until = null, j.done = CASE WHEN failed THEN j.done ELSE 0 END
  RETURN sum(CASE WHEN failed THEN 0 ELSE 1 END) AS waiting,
    sum(CASE WHEN failed THEN 1 ELSE 0 END) AS failed
}
CALL () {
  MATCH (j:Job)
  WHERE j.ended_at < datetime.realtime() - duration({days: $days})
  DETACH DELETE j
  RETURN count(*) AS forgotten
}
RETURN waiting, failed, forgotten
