// purpose:    How much the person of these identifiers did, on devices that several people used too.
// mode:       read
// params:     keys: LIST OF STRING, since: ZONED DATETIME, until: ZONED DATETIME, names: LIST OF STRING, channels: LIST OF STRING, first: INTEGER
// returns:    touchpoints: INTEGER
// locks:      none
// cost:       O(events of the person between the two times), whatever else happened on a device
//             that several people used
// idempotent: yes
// plan:       once
WITH
  $keys AS keys, $since AS since, $until AS until, datetime('0001-01-01T00:00Z') AS after_at,
  '' AS after_id, $names AS names, $channels AS channels
// include: journey_asc
RETURN count(e) AS touchpoints
