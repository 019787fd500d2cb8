// purpose:    Have something computed, when its turn comes. What was asked for by the same request is
//             not asked for again; no row where so many wait already.
// mode:       write
// params:     id: STRING, request: STRING, kind: STRING, asked: STRING, personal: BOOLEAN, actor: STRING, most: INTEGER
// returns:    job: MAP
// locks:      the new job
// cost:       O(jobs that wait)
// idempotent: yes, by its request; without one each call adds a job
OPTIONAL MATCH (before:Job {request: $request})
USING INDEX SEEK before:Job(request)
CALL (before) {
  WITH before
  WHERE before IS NOT NULL
  RETURN before AS j
  UNION ALL
  WITH before
  WHERE before IS NULL
    AND COUNT {
      MATCH (waiting:Job)
      WHERE waiting.state = 'waiting' AND waiting.created_at IS NOT NULL AND waiting.id IS NOT NULL
    } < $most
  CREATE (j:Job {
    id: $id, request: $request, kind: $kind, asked: $asked, personal: $personal, actor: $actor,
    state: 'waiting', created_at: datetime.truncate('microsecond', datetime.realtime()),
    tries: 0, done: 0
  })
  RETURN j
}
// include: tell_job
RETURN job
