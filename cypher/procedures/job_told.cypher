// purpose:    What a job told.
// mode:       read
// params:     id: STRING
// returns:    told: STRING
// locks:      none
// cost:       O(1)
// idempotent: yes
MATCH (j:Job {id: $id})
USING INDEX SEEK j:Job(id)
WHERE j.told IS NOT NULL
RETURN j.told AS told
