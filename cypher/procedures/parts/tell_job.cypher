// purpose: A job as a map, without what it was asked and what it told.
// takes:   j: Job
// gives:   job, beside it
WITH *, j {
  .id, .kind, .asked, .personal, .actor, .state, .done, .of, .created_at, .started_at, .ended_at,
  .error_code, .error
} AS job
