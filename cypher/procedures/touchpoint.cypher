// purpose:    One touchpoint by its message id, with its identifier.
// mode:       read
// params:     message_id: STRING, parts: LIST OF STRING
// returns:    told: LIST
// locks:      none
// cost:       O(1)
// idempotent: yes
MATCH (e:Event {message_id: $message_id})
WITH e, e.by AS strange
// include: touchpoint
// include: tell_touchpoint
RETURN told
