// purpose:    What was decided about one person, the oldest first: which profiles became one or
//             two, which links were refused, what was said by hand and taken back; by any
//             identifier (namespace:value) or any id of the profile. It is everything that concerns
//             today's identifiers, or the ids that these were born with. For the next page give the
//             id of the last change.
// mode:       read
// params:     identifier: STRING, first: INTEGER = 100, after: STRING = null
// returns:    id: STRING, kind: STRING, at: ZONED DATETIME, actor: STRING, cause: STRING, rule: STRING, reason: STRING, profiles: LIST OF STRING, identifiers: LIST OF MAP, withdraws: STRING, withdrawn_by: STRING
// locks:      none
// cost:       O(changes of the profile's identifiers)
// idempotent: yes
// public:     yes
// plan:       once
WITH $identifier AS wanted
// include: identifier_or_id
MATCH (named)-[:IDENTIFIES]->(p:Profile)
MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
MATCH (i)<-[:CONCERNS|ABOUT]-(c:Change)
WITH DISTINCT c
OPTIONAL MATCH (last:Change {id: $after})
USING INDEX SEEK last:Change(id)
WITH c, last
WHERE $after IS NULL OR c.at > last.at OR (c.at = last.at AND c.id > last.id)
WITH c
ORDER BY c.at, c.id
LIMIT $first
// include: tell_change
RETURN
  told.id AS id,
  told.kind AS kind,
  told.at AS at,
  told.actor AS actor,
  told.cause AS cause,
  told.rule AS rule,
  told.reason AS reason,
  told.profiles AS profiles,
  told.identifiers AS identifiers,
  told.withdraws AS withdraws,
  told.withdrawn_by AS withdrawn_by
ORDER BY at, id
