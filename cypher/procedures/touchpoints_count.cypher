// purpose:    How much each of these profiles did, by the keys of its identifiers; or, where several
//             people used one of its devices or cookies, that it is to be worked out whose is what
//             (`shared_touchpoints_count`).
// mode:       read
// params:     profiles: LIST OF LIST OF STRING, since: LIST OF INTEGER, until: LIST OF INTEGER, names: LIST OF STRING, channels: LIST OF STRING
// returns:    position: INTEGER, several: BOOLEAN, touchpoints: INTEGER
// locks:      none
// cost:       O(events of the profiles between the two times)
// idempotent: yes
// plan:       once
WITH $profiles AS profiles
// include: kinds
UNWIND range(0, size(profiles) - 1) AS position
WITH people, things, position, profiles[position] AS keys
// include: used
WITH position, keys, size(used) > 0 AS several
CALL (keys, several) {
  WITH
    keys, several, datetime.fromepoch($since[0], $since[1]) AS since,
    datetime.fromepoch($until[0], $until[1]) AS until
  UNWIND CASE WHEN several THEN [] ELSE keys END AS key
  MATCH (e:Event)
  USING INDEX SEEK e:Event(by, at, message_id)
  WHERE e.by = key AND e.at >= since AND e.at < until AND e.message_id IS NOT NULL
    AND ($names IS NULL OR e.name IN $names)
    AND ($channels IS NULL OR e.channel IN $channels)
  RETURN count(e) AS touchpoints
}
RETURN position, several, touchpoints
