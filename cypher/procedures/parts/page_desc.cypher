// purpose: One page of what a person did by their own identifiers, the newest first, after a given
//          touchpoint; an empty one where several people used one of their devices.
// takes:   keys, several; $after_at, $after_id, $since, $until, $names, $channels, $first, $parts
// gives:   touchpoints, beside it
CALL (keys, several) {
  WITH
    keys, several, datetime.fromepoch($after_at[0], $after_at[1]) AS after_at,
    datetime.fromepoch($since[0], $since[1]) AS since,
    datetime.fromepoch($until[0], $until[1]) AS until
  UNWIND CASE WHEN several THEN [] ELSE keys END AS key
  CALL (key, after_at, since, until) {
    MATCH (e:Event)
    USING INDEX SEEK e:Event(by, at, message_id)
    WHERE e.by = key AND e.at <= after_at AND e.at >= since AND e.at < until
      AND e.message_id IS NOT NULL
      AND CASE WHEN e.at = after_at THEN e.message_id < $after_id ELSE true END
      AND ($names IS NULL OR e.name IN $names)
      AND ($channels IS NULL OR e.channel IN $channels)
    RETURN e
    ORDER BY e.by DESC, e.at DESC, e.message_id DESC
    LIMIT $first
  }
  WITH e, null AS owner
  ORDER BY e.at DESC, e.message_id DESC
  LIMIT $first
  // include: touchpoint_parts
  // include: tell_touchpoint
  WITH e, told
  ORDER BY e.at DESC, e.message_id DESC
  RETURN collect(told) AS touchpoints
}
