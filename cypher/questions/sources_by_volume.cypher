// purpose:    How much does each source send, how fresh is it, and how late do its messages come?
//             A source that sent nothing since is listed too.
// mode:       read
// params:     since: ZONED DATETIME = null
// returns:    source: STRING, channel: STRING, events: INTEGER, events_ever: INTEGER, last_at: ZONED DATETIME, last_received_at: ZONED DATETIME, median_delay_seconds: FLOAT
// locks:      none
// cost:       O(events since)
// idempotent: yes
// public:     yes
CALL () {
  MATCH (e:Event)
  WHERE e.at >= coalesce($since, datetime('0001-01-01T00:00:00Z'))
  WITH
    e.source AS source,
    count(*) AS events,
    max(e.at) AS last_at,
    max(e.received_at) AS last_received_at,
    percentileCont(toFloat(duration.inSeconds(e.at, e.received_at).seconds), 0.5)
      AS median_delay_seconds
  RETURN collect({
    source: source, events: events, last_at: last_at, last_received_at: last_received_at,
    median_delay_seconds: median_delay_seconds
  }) AS senders
}
MATCH (s:Source)
WITH s, head([sender IN senders WHERE sender.source = s.id]) AS sender
RETURN
  s.id AS source,
  s.channel AS channel,
  coalesce(sender.events, 0) AS events,
  COUNT { (s)<-[:FROM]-() } AS events_ever,
  sender.last_at AS last_at,
  sender.last_received_at AS last_received_at,
  sender.median_delay_seconds AS median_delay_seconds
ORDER BY events DESC, source
