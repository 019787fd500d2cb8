// purpose:    How much each of these people did, by the keys of the profile's identifiers, on devices
//             that several people used too.
// mode:       read
// params:     profiles: LIST OF LIST OF STRING, since: ZONED DATETIME, until: ZONED DATETIME, names: LIST OF STRING, channels: LIST OF STRING, first: INTEGER
// returns:    position: INTEGER, touchpoints: INTEGER
// locks:      none
// cost:       O(events of the people between the two times), whatever else happened on a device
//             that several people used
// idempotent: yes
// plan:       once
UNWIND range(0, size($profiles) - 1) AS position
CALL (position) {
  WITH
    $profiles[position] AS keys, $since AS since, $until AS until, datetime('0001-01-01T00:00Z') AS after_at,
    '' AS after_id, $names AS names, $channels AS channels
  // include: journey_asc
  RETURN count(e) AS touchpoints
}
RETURN position, touchpoints
