// What was learned of everybody's journeys: one node for each month, and one for what they add up to.
CREATE CONSTRAINT learned_name IF NOT EXISTS
FOR (l:Learned) REQUIRE l.name IS UNIQUE;

// Who is learning, so that one process at a time does.
CREATE CONSTRAINT learner_name IF NOT EXISTS
FOR (l:Learner) REQUIRE l.name IS UNIQUE;
