// purpose:    A page of the messages that could not be written, by their ids.
// mode:       read
// params:     after: STRING, size: INTEGER
// returns:    message_id: STRING, source: STRING, channel: STRING, sent: STRING, error: STRING, received_at: ZONED DATETIME, first_at: ZONED DATETIME, last_at: ZONED DATETIME, attempts: INTEGER
// locks:      none
// cost:       O(size)
// idempotent: yes
MATCH (d:DeadLetter)
WHERE d.message_id > $after
WITH d
ORDER BY d.message_id
LIMIT $size
RETURN
  d.message_id AS message_id,
  d.source AS source,
  d.channel AS channel,
  d.sent AS sent,
  d.error AS error,
  d.received_at AS received_at,
  d.first_at AS first_at,
  d.last_at AS last_at,
  d.attempts AS attempts
