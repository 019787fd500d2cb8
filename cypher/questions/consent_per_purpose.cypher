// purpose:    For each purpose, how many people say yes and how many no? Each person's latest word
//             counts, on whichever identifier and to whichever source; of a yes and a no at one
//             time, the no.
// mode:       read
// params:     none
// returns:    purpose: STRING, people: INTEGER, yes: INTEGER, no: INTEGER, share: FLOAT, last_at: ZONED DATETIME
// locks:      none
// cost:       O(consents)
// idempotent: yes
// public:     yes
MATCH (p:Profile)<-[:IDENTIFIES]-(:Identifier)-[:GAVE]->(c:Consent)
WITH p, c
ORDER BY c.at DESC, c.granted
WITH p, c.purpose AS purpose, head(collect(c)) AS latest
WITH
  purpose,
  count(*) AS people,
  sum(CASE WHEN latest.granted THEN 1 ELSE 0 END) AS yes,
  max(latest.at) AS last_at
RETURN
  purpose,
  people,
  yes,
  people - yes AS no,
  round(toFloat(yes) / people, 3) AS share,
  last_at
ORDER BY purpose
