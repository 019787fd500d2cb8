// purpose:    Where do the people of one source and of another first meet: by which namespace, and
//             by which event of which source? Says which moments make a visitor known to the CRM.
// mode:       read
// params:     source: STRING, other: STRING = 'crm'
// returns:    namespace: STRING, met_in: STRING, type: STRING, name: STRING, people: INTEGER, first_at: ZONED DATETIME, last_at: ZONED DATETIME
// locks:      none
// cost:       O(events of other, and the events of the identifiers that these name)
// idempotent: yes
// public:     yes
MATCH (:Source {id: $other})<-[:FROM]-(theirs:Event)-[:BY|NAMES]->(i:Identifier)
WHERE NOT i.shared
WITH i, min(theirs.at) AS known_there
MATCH (i)<-[:BY|NAMES]-(ours:Event)
WHERE ours.source = $source
WITH i, known_there, min(ours.at) AS known_here
MATCH (i)-[:IDENTIFIES]->(p:Profile)
WITH
  p,
  i,
  CASE WHEN known_there > known_here THEN known_there ELSE known_here END AS met_at,
  CASE WHEN known_there > known_here THEN $other ELSE $source END AS met_in
ORDER BY met_at, i.key
WITH p, head(collect({identifier: i, at: met_at, source: met_in})) AS first
WITH first.identifier AS i, first.at AS met_at, first.source AS met_in
CALL (i, met_at, met_in) {
  MATCH (i)<-[:BY|NAMES]-(e:Event)
  WHERE e.at = met_at AND e.source = met_in
  RETURN e
  ORDER BY e.message_id
  LIMIT 1
}
RETURN
  i.namespace AS namespace,
  met_in,
  e.type AS type,
  e.name AS name,
  count(*) AS people,
  min(met_at) AS first_at,
  max(met_at) AS last_at
ORDER BY people DESC, namespace, met_in, type, name
