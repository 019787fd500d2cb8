// purpose:    One page of what each of these people did, by the keys of the profile's identifiers, the
//             newest first, after a given touchpoint. `stranger` is its identifier where that is not one
//             of the person's own.
// mode:       read
// params:     profiles: LIST OF LIST OF STRING, after_at: LIST OF INTEGER, after_id: STRING, since: LIST OF INTEGER, until: LIST OF INTEGER, names: LIST OF STRING, channels: LIST OF STRING, first: INTEGER, parts: LIST OF STRING
// returns:    position: INTEGER, touchpoints: LIST OF LIST
// locks:      none
// cost:       O(profiles × identifiers × page), whatever the length of the journey; more where names or
//             channels leave out most of it
// idempotent: yes
// plan:       once
UNWIND range(0, size($profiles) - 1) AS position
CALL (position) {
  WITH
    $profiles[position] AS keys, datetime.fromepoch($since[0], $since[1]) AS since,
    datetime.fromepoch($until[0], $until[1]) AS until,
    datetime.fromepoch($after_at[0], $after_at[1]) AS after_at,
    $after_id AS after_id, $names AS names, $channels AS channels
  // include: journey_desc
  WITH e, CASE WHEN e.by IN $profiles[position] THEN null ELSE e.by END AS strange
  // include: touchpoint
  // include: tell_touchpoint
  WITH e, told
  ORDER BY e.at DESC, e.message_id DESC
  RETURN collect(told) AS touchpoints
}
RETURN position, touchpoints
