// purpose:    How much these identifiers did, none of which several people used.
// mode:       read
// params:     keys: LIST OF STRING, since: ZONED DATETIME, until: ZONED DATETIME, names: LIST OF STRING, channels: LIST OF STRING
// returns:    touchpoints: INTEGER
// locks:      none
// cost:       O(events of the identifiers between the two times)
// idempotent: yes
UNWIND $keys AS key
MATCH (e:Event {by: key})
USING INDEX SEEK e:Event(by, at, message_id)
WHERE e.at >= $since AND e.at < $until AND e.message_id IS NOT NULL
  AND ($names IS NULL OR e.name IN $names)
  AND ($channels IS NULL OR e.channel IN $channels)
RETURN count(e) AS touchpoints
