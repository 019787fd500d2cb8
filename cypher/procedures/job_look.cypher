// purpose:    Whether there is something to do about jobs: how many wait, and whether one is held by
//             nobody any more, or kept for long enough.
// mode:       read
// params:     days: INTEGER
// returns:    waiting: INTEGER, untidy: BOOLEAN
// locks:      none
// cost:       O(jobs that wait or run)
// idempotent: yes
RETURN
  COUNT {
    MATCH (j:Job)
    WHERE j.state = 'waiting' AND j.created_at IS NOT NULL AND j.id IS NOT NULL
  } AS waiting,
  EXISTS {
    MATCH (j:Job)
    WHERE j.state = 'running' AND j.created_at IS NOT NULL AND j.id IS NOT NULL
      AND j.held_until < datetime.realtime()
  } OR EXISTS {
    MATCH (j:Job)
    WHERE j.ended_at < datetime.realtime() - duration({days: $days})
  } AS untidy
