// purpose:    Which values were sent as identifiers, and dropped because they are nobody's: empty,
//             placeholders, blocked, or not of their namespace at all? And how many of their events
//             have no other identifier?
// mode:       read
// params:     since: ZONED DATETIME = null, limit: INTEGER = 100
// returns:    source: STRING, identifier: STRING, events: INTEGER, of_nobody: INTEGER, first_at: ZONED DATETIME, last_at: ZONED DATETIME
// locks:      none
// cost:       O(events since)
// idempotent: yes
// public:     yes
MATCH (e:Event)
WHERE e.at >= coalesce($since, datetime('0001-01-01T00:00:00Z')) AND e.dropped IS NOT NULL
UNWIND e.dropped AS identifier
RETURN
  e.source AS source,
  identifier,
  count(*) AS events,
  sum(CASE WHEN e.by IS NULL THEN 1 ELSE 0 END) AS of_nobody,
  min(e.at) AS first_at,
  max(e.at) AS last_at
ORDER BY events DESC, source, identifier
LIMIT $limit
