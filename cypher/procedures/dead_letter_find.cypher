// purpose:    One message that could not be written.
// mode:       read
// params:     message_id: STRING
// returns:    message_id: STRING, source: STRING, channel: STRING, sent: STRING, error: STRING, received_at: ZONED DATETIME, first_at: ZONED DATETIME, last_at: ZONED DATETIME, attempts: INTEGER
// locks:      none
// cost:       O(1)
// idempotent: yes
MATCH (d:DeadLetter {message_id: $message_id})
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
