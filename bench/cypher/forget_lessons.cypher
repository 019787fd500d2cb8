// What was learned, and who learns: so that it is learned from the beginning.
MATCH (n:Learned|Learner)
DETACH DELETE n
