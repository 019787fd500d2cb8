// purpose:    How much each of these people did, by the keys of the profile's identifiers, on devices
//             that several people used too.
// mode:       read
// params:     profiles: LIST OF LIST OF STRING, since: LIST OF INTEGER, until: LIST OF INTEGER, names: LIST OF STRING, channels: LIST OF STRING, first: INTEGER
// returns:    position: INTEGER, touchpoints: INTEGER
// locks:      none
// cost:       O(events of the people between the two times), whatever else happened on a device
//             that several people used
// idempotent: yes
// plan:       once
UNWIND range(0, size($profiles) - 1) AS position
CALL (position) {
  WITH
    $profiles[position] AS keys, datetime.fromepoch($since[0], $since[1]) AS since,
    datetime.fromepoch($until[0], $until[1]) AS until,
    datetime('0001-01-01T00:00Z') AS after_at, '' AS after_id, $names AS names, $channels AS channels
  // include: journey_asc
  RETURN count(e) AS touchpoints
}
RETURN position, touchpoints
