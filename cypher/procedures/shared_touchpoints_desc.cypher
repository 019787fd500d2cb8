// purpose:    One page of what the person of these identifiers did, the newest first, after a given
//             touchpoint. `stranger` is its identifier where that is not one of the person's own.
// mode:       read
// params:     keys: LIST OF STRING, after_at: ZONED DATETIME, after_id: STRING, since: ZONED DATETIME, until: ZONED DATETIME, names: LIST OF STRING, channels: LIST OF STRING, first: INTEGER
// returns:    touchpoints: LIST OF MAP
// locks:      none
// cost:       O(identifiers × page), whatever the length of the journey; more where names or
//             channels leave out most of it
// idempotent: yes
// plan:       once
WITH
  $keys AS keys, $since AS since, $until AS until, $after_at AS after_at, $after_id AS after_id,
  $names AS names, $channels AS channels
// include: journey_desc
WITH e, CASE WHEN e.by IN $keys THEN null ELSE e.by END AS strange
// include: touchpoint
// include: tell_touchpoint
WITH told
ORDER BY told.at[0] DESC, told.at[1] DESC, told.message_id DESC
RETURN collect(told) AS touchpoints
