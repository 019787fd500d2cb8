// purpose:    Say whether an event is stored.
// mode:       read
// params:     message_id: STRING
// returns:    message_id: STRING
// locks:      none
// cost:       O(1)
// idempotent: yes
MATCH (e:Event {message_id: $message_id})
RETURN e.message_id AS message_id
