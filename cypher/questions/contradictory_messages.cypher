// purpose:    Which messages contradict themselves: name more values of a namespace than one person
//             may hold? Their events are kept, and are evidence for nothing.
// mode:       read
// params:     since: ZONED DATETIME = null
// returns:    source: STRING, namespace: STRING, type: STRING, name: STRING, events: INTEGER, last_at: ZONED DATETIME, example: STRING
// locks:      none
// cost:       O(events since)
// idempotent: yes
// public:     yes
MATCH (e:Event)
WHERE e.at >= coalesce($since, datetime('0001-01-01T00:00:00Z'))
  AND e.contradiction IS NOT NULL
RETURN
  e.source AS source,
  e.contradiction AS namespace,
  e.type AS type,
  e.name AS name,
  count(*) AS events,
  max(e.at) AS last_at,
  max(e.message_id) AS example
ORDER BY events DESC, source, namespace, type, name
