// purpose:    One page of what each of these profiles did, by the keys of its identifiers, the oldest
//             first, after a given touchpoint; or, where several people used one of its devices or
//             cookies, that it is to be worked out whose is what (`shared_touchpoints_asc`).
// mode:       read
// params:     profiles: LIST OF LIST OF STRING, after_at: ZONED DATETIME, after_id: STRING, since: ZONED DATETIME, until: ZONED DATETIME, names: LIST OF STRING, channels: LIST OF STRING, first: INTEGER, parts: LIST OF STRING
// returns:    position: INTEGER, several: BOOLEAN, touchpoints: LIST OF LIST
// locks:      none
// cost:       O(profiles × identifiers × page and their links), whatever the length of the journey; more where
//             names or channels leave out most of it
// idempotent: yes
// plan:       once
// times:      none
WITH $profiles AS profiles
// include: kinds
UNWIND range(0, size(profiles) - 1) AS position
WITH people, things, position, profiles[position] AS keys
// include: used
WITH position, keys, size(used) > 0 AS several
CALL (keys, several) {
  UNWIND CASE WHEN several THEN [] ELSE keys END AS key
  CALL (key) {
    MATCH (e:Event)
    USING INDEX SEEK e:Event(by, at, message_id)
    WHERE e.by = key AND e.at >= $after_at AND e.at >= $since AND e.at < $until
      AND e.message_id IS NOT NULL
      AND CASE WHEN e.at = $after_at THEN e.message_id > $after_id ELSE true END
      AND ($names IS NULL OR e.name IN $names)
      AND ($channels IS NULL OR e.channel IN $channels)
    RETURN e
    ORDER BY e.by, e.at, e.message_id
    LIMIT $first
  }
  WITH e, null AS owner
  ORDER BY e.at, e.message_id
  LIMIT $first
  // include: touchpoint_parts
  // include: tell_touchpoint
  WITH e, told
  ORDER BY e.at, e.message_id
  RETURN collect(told) AS touchpoints
}
RETURN position, several, touchpoints
