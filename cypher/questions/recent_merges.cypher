// purpose:    Which profiles were merged of late, and why: which identifiers came over, and which
//             event of which source brought the evidence?
// mode:       read
// params:     limit: INTEGER = 25
// returns:    at: ZONED DATETIME, profile_id: STRING, merged_ids: LIST OF STRING, identifiers: LIST OF STRING, source: STRING, type: STRING, name: STRING, named: LIST OF STRING, message_id: STRING, change_id: STRING
// locks:      none
// cost:       O(changes since the oldest that is listed)
// idempotent: yes
// public:     yes
MATCH (c:Change)
USING INDEX c:Change(at, id)
WHERE c.at IS NOT NULL AND c.id IS NOT NULL AND c.kind = 'merged'
WITH c
ORDER BY c.at DESC, c.id DESC
LIMIT $limit
OPTIONAL MATCH (e:Event {message_id: c.message_id})
RETURN
  c.at AS at,
  c.profiles[0] AS profile_id,
  c.profiles[1..] AS merged_ids,
  COLLECT { MATCH (c)-[:CONCERNS]->(i:Identifier) RETURN i.key ORDER BY i.key } AS identifiers,
  e.source AS source,
  e.type AS type,
  e.name AS name,
  COLLECT { MATCH (e)-[:BY|NAMES]->(i:Identifier) RETURN i.key ORDER BY i.key } AS named,
  c.message_id AS message_id,
  c.id AS change_id
ORDER BY at DESC, change_id DESC
