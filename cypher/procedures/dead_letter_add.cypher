// purpose:    Keep a message that cannot be written, with its error.
// mode:       write
// params:     message_id: STRING, source: STRING, channel: STRING, type: STRING, sent: STRING, received_at: ZONED DATETIME, error: STRING
// returns:    nothing
// locks:      the dead letter
// cost:       O(1)
// idempotent: yes, but for the count of attempts and the latest error
MERGE (d:DeadLetter {message_id: $message_id})
ON CREATE SET d.first_at = datetime(), d.attempts = 0, d.received_at = $received_at
SET
  d.source = $source,
  d.channel = $channel,
  d.type = $type,
  d.sent = $sent,
  d.error = $error,
  d.last_at = datetime(),
  d.attempts = d.attempts + 1
FINISH
