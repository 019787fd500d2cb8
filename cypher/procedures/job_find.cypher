// purpose:    A job by its id.
// mode:       read
// params:     id: STRING
// returns:    job: MAP
// locks:      none
// cost:       O(1)
// idempotent: yes
MATCH (j:Job {id: $id})
USING INDEX SEEK j:Job(id)
// include: tell_job
RETURN job
