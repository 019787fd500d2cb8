// purpose:    The evidence about the profiles of these identifiers, as `survey` gives it.
// mode:       read
// params:     keys: LIST OF STRING, unique: LIST OF STRING, shared_after: INTEGER
// returns:    members: LIST OF MAP
// locks:      none
// cost:       O(identifiers and links of the profiles)
// idempotent: yes
UNWIND $keys AS key
MATCH (:Identifier {key: key})-[:IDENTIFIES]->(p:Profile)
WITH DISTINCT p
// include: survey
RETURN members
