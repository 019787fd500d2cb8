// purpose:    Which events belong to nobody, because none of their identifiers could be kept? By
//             source, type and name.
// mode:       read
// params:     since: ZONED DATETIME = null
// returns:    source: STRING, type: STRING, name: STRING, events: INTEGER, last_at: ZONED DATETIME, example: STRING, dropped: LIST OF STRING
// locks:      none
// cost:       O(events since)
// idempotent: yes
// public:     yes
MATCH (e:Event)
WHERE e.at >= coalesce($since, datetime('0001-01-01T00:00:00Z')) AND e.by IS NULL
WITH e
ORDER BY e.at, e.message_id
RETURN
  e.source AS source,
  e.type AS type,
  e.name AS name,
  count(*) AS events,
  max(e.at) AS last_at,
  last(collect(e.message_id)) AS example,
  last(collect(e.dropped)) AS dropped
ORDER BY events DESC, source, type, name
