// purpose:    One person's journey over all devices and channels, in the order of time, by any
//             identifier (namespace:value) or any id of the profile. What happened on a device that
//             several people used is in the journey of the one who was recognised there.
// mode:       read
// params:     identifier: STRING, since: ZONED DATETIME = null, until: ZONED DATETIME = null, first: INTEGER = 2147483647
// returns:    at: ZONED DATETIME, type: STRING, name: STRING, channel: STRING, source: STRING, device: MAP, identifier: STRING, message_id: STRING, properties: MAP
// locks:      none
// cost:       O(events of the person between the two times), whatever else happened on a device
//             that several people used
// idempotent: yes
// plan:       once
// public:     yes
// include: person_named
MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
// Times are kept in UTC, and Neo4j orders one moment's times by their offsets.
WITH
  collect(i.key) AS keys,
  datetime({datetime: coalesce($since, datetime('0001-01-01T00:00Z')), timezone: 'Z'}) AS since,
  datetime({datetime: coalesce($until, datetime('9999-12-31T00:00Z')), timezone: 'Z'}) AS until,
  datetime('0001-01-01T00:00Z') AS after_at, '' AS after_id, null AS names, null AS channels
// include: journey_asc
OPTIONAL MATCH (d:Device {id: e.device})
USING INDEX SEEK d:Device(id)
RETURN
  e.at AS at,
  e.type AS type,
  e.name AS name,
  e.channel AS channel,
  e.source AS source,
  properties(d) AS device,
  e.by AS identifier,
  e.message_id AS message_id,
  properties(e) AS properties
ORDER BY at, message_id
