// Long computations and what came of them: found by their ids, and done once for each request.
CREATE CONSTRAINT job_id IF NOT EXISTS
FOR (j:Job) REQUIRE j.id IS UNIQUE;

CREATE CONSTRAINT job_request IF NOT EXISTS
FOR (j:Job) REQUIRE j.request IS UNIQUE;

// Which is next, which is held for too long, and which is over.
CREATE INDEX job_state IF NOT EXISTS
FOR (j:Job) ON (j.state, j.created_at, j.id);

CREATE INDEX job_ended IF NOT EXISTS
FOR (j:Job) ON (j.ended_at);

// The newest first.
CREATE INDEX job_created IF NOT EXISTS
FOR (j:Job) ON (j.created_at, j.id);
