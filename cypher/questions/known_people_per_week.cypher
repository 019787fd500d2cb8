// purpose:    Week by week, what share of the events is of somebody we know: whose profile holds,
//             by now, an identifier of a person and not only of devices and cookies?
// mode:       read
// params:     since: ZONED DATETIME = null, person_namespaces: LIST OF STRING = ['user_id', 'email', 'phone', 'loyalty_card', 'crm_id']
// returns:    week: DATE, events: INTEGER, events_of_known: INTEGER, share: FLOAT, profiles: INTEGER, known_profiles: INTEGER
// locks:      none
// cost:       O(events since, and the identifiers that they are by)
// idempotent: yes
// public:     yes
MATCH (e:Event)
WHERE e.at >= coalesce($since, datetime('0001-01-01T00:00:00Z'))
WITH e.by AS by, date.truncate('week', e.at) AS week, count(*) AS events
OPTIONAL MATCH (:Identifier {key: by})-[:IDENTIFIES]->(p:Profile)
WITH
  p,
  week,
  events,
  EXISTS {
    MATCH (p)<-[:IDENTIFIES]-(person:Identifier)
    WHERE person.namespace IN $person_namespaces
  } AS known
WITH
  week,
  sum(events) AS events,
  sum(CASE WHEN known THEN events ELSE 0 END) AS events_of_known,
  count(DISTINCT p) AS profiles,
  count(DISTINCT CASE WHEN known THEN p END) AS known_profiles
RETURN
  week,
  events,
  events_of_known,
  round(toFloat(events_of_known) / events, 3) AS share,
  profiles,
  known_profiles
ORDER BY week
