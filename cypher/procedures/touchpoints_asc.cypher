// purpose:    One page of what these identifiers did, none of which several people used, the oldest first, after a given touchpoint.
// mode:       read
// params:     keys: LIST OF STRING, after_at: ZONED DATETIME, after_id: STRING, since: ZONED DATETIME, until: ZONED DATETIME, names: LIST OF STRING, channels: LIST OF STRING, first: INTEGER
// returns:    message_id: STRING, type: STRING, name: STRING, at: ZONED DATETIME, channel: STRING, identifier: STRING, stranger: MAP, source: MAP, device: MAP, node: MAP
// locks:      none
// cost:       O(identifiers × page), whatever the length of the journey; more where names or
//             channels leave out most of it
// idempotent: yes
UNWIND $keys AS key
CALL (key) {
  MATCH (e:Event {by: key})
  USING INDEX SEEK e:Event(by, at, message_id)
  WHERE e.at >= $after_at AND e.at >= $since AND e.at < $until
    AND e.message_id IS NOT NULL
    AND CASE WHEN e.at = $after_at THEN e.message_id > $after_id ELSE true END
    AND ($names IS NULL OR e.name IN $names)
    AND ($channels IS NULL OR e.channel IN $channels)
  RETURN e
  ORDER BY e.by, e.at, e.message_id
  LIMIT $first
}
WITH e
ORDER BY e.at, e.message_id
LIMIT $first
OPTIONAL MATCH (d:Device {id: e.device})
OPTIONAL MATCH (s:Source {id: e.source})
RETURN
  e.message_id AS message_id,
  e.type AS type,
  e.name AS name,
  e.at AS at,
  e.channel AS channel,
  e.by AS identifier,
  null AS stranger,
  s {.id, .name, .channel} AS source,
  properties(d) AS device,
  properties(e) AS node
ORDER BY at, message_id
