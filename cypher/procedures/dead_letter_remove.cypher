// purpose:    Forget a message that could not be written and now is.
// mode:       write
// params:     message_id: STRING
// returns:    nothing
// locks:      the dead letter
// cost:       O(1)
// idempotent: yes
MATCH (d:DeadLetter {message_id: $message_id})
DELETE d
FINISH
