// purpose:    One page of what the person of these identifiers did, the newest first, after a given
//             touchpoint. `stranger` is its identifier where that is not one of the person's own.
// mode:       read
// params:     keys: LIST OF STRING, after_at: ZONED DATETIME, after_id: STRING, since: ZONED DATETIME, until: ZONED DATETIME, names: LIST OF STRING, channels: LIST OF STRING, first: INTEGER
// returns:    message_id: STRING, type: STRING, name: STRING, at: ZONED DATETIME, channel: STRING, identifier: STRING, stranger: MAP, source: MAP, device: MAP, node: MAP
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
RETURN
  e.message_id AS message_id,
  e.type AS type,
  e.name AS name,
  e.at AS at,
  e.channel AS channel,
  e.by AS identifier,
  owner AS stranger,
  s {.id, .name, .channel} AS source,
  properties(d) AS device,
  properties(e) AS node
ORDER BY at DESC, message_id DESC
