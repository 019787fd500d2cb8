// purpose:    One touchpoint by its message id, with its identifier.
// mode:       read
// params:     message_id: STRING
// returns:    message_id: STRING, type: STRING, name: STRING, at: ZONED DATETIME, channel: STRING, identifier: STRING, stranger: MAP, source: MAP, device: MAP, node: MAP
// locks:      none
// cost:       O(1)
// idempotent: yes
MATCH (e:Event {message_id: $message_id})
WITH e, e.by AS strange
// include: touchpoint
RETURN
  e.message_id AS message_id,
  e.type AS type,
  e.name AS name,
  e.at AS at,
  e.channel AS channel,
  e.by AS identifier,
  owner AS stranger,
  s {.id, .name, .channel} AS source,
  properties(d) AS device,
  properties(e) AS node
