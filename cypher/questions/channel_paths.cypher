// purpose:    By which channel did people first come, and by which were they last seen?
// mode:       read
// params:     since: ZONED DATETIME = null, until: ZONED DATETIME = null
// returns:    first_channel: STRING, last_channel: STRING, people: INTEGER, median_days: FLOAT
// locks:      none
// cost:       O(identifiers): of each only its first and last event between the times are read
// idempotent: yes
// public:     yes
WITH
  coalesce($since, datetime('0001-01-01T00:00:00Z')) AS begin,
  coalesce($until, datetime('9999-12-31T23:59:59Z')) AS end
MATCH (p:Profile)
CALL (p, begin, end) {
  MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
  CALL (i, begin, end) {
    MATCH (e:Event {by: i.key})
    USING INDEX SEEK e:Event(by, at, message_id)
    WHERE e.at >= begin AND e.at < end AND e.message_id IS NOT NULL
    RETURN e
    ORDER BY e.by, e.at, e.message_id
    LIMIT 1
  }
  RETURN e AS first
  ORDER BY first.at, first.message_id
  LIMIT 1
}
CALL (p, begin, end) {
  MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
  CALL (i, begin, end) {
    MATCH (e:Event {by: i.key})
    USING INDEX SEEK e:Event(by, at, message_id)
    WHERE e.at >= begin AND e.at < end AND e.message_id IS NOT NULL
    RETURN e
    ORDER BY e.by DESC, e.at DESC, e.message_id DESC
    LIMIT 1
  }
  RETURN e AS last
  ORDER BY last.at DESC, last.message_id DESC
  LIMIT 1
}
RETURN
  coalesce(first.channel, 'unknown') AS first_channel,
  coalesce(last.channel, 'unknown') AS last_channel,
  count(*) AS people,
  round(percentileCont(duration.inSeconds(first.at, last.at).seconds / 86400.0, 0.5), 1)
    AS median_days
ORDER BY people DESC, first_channel, last_channel
