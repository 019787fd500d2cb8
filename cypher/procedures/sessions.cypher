// purpose:    One person's sessions over all devices, in the order of time, by any identifier
//             (namespace:value) or any id of the profile: those that began between the two times,
//             of the person's first so many events.
// mode:       read
// params:     identifier: STRING, since: ZONED DATETIME = null, until: ZONED DATETIME = null, first: INTEGER = 2147483647
// returns:    started_at: ZONED DATETIME, ended_at: ZONED DATETIME, channel: STRING, traffic_source: STRING, traffic_medium: STRING, traffic_campaign: STRING, landing_page: STRING, exit_page: STRING, touchpoints: INTEGER, source: STRING, devices: LIST OF MAP, message_ids: LIST OF STRING
// locks:      none
// cost:       O(events of the person)
// idempotent: yes
// plan:       once
// public:     yes
// include: person_named
MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
WITH
  collect(i.key) AS keys,
  datetime('0001-01-01T00:00Z') AS since, datetime('9999-12-31T00:00Z') AS until,
  datetime('0001-01-01T00:00Z') AS after_at, '' AS after_id, null AS names, null AS channels
// include: journey_asc
WITH collect(e) AS events
// include: sessions
WITH place, session
WHERE session[0].at >= coalesce($since, session[0].at)
  AND session[0].at < coalesce($until, session[0].at + duration({days: 1}))
// include: tell_session
RETURN
  session[0].at AS started_at,
  session[-1].at AS ended_at,
  told.channel AS channel,
  told.traffic_source AS traffic_source,
  told.traffic_medium AS traffic_medium,
  told.traffic_campaign AS traffic_campaign,
  told.landing_page AS landing_page,
  told.exit_page AS exit_page,
  told.touchpoints AS touchpoints,
  told.source AS source,
  told.devices AS devices,
  [e IN session | e.message_id] AS message_ids
ORDER BY started_at, message_ids[0]
