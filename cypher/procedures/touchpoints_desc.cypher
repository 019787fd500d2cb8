// purpose:    One page of what each of these profiles did, by the keys of its identifiers, the newest
//             first, after a given touchpoint; or, where several people used one of its devices or
//             cookies, that it is to be worked out whose is what (`shared_touchpoints_desc`).
// mode:       read
// params:     profiles: LIST OF LIST OF STRING, after_at: LIST OF INTEGER, after_id: STRING, since: LIST OF INTEGER, until: LIST OF INTEGER, names: LIST OF STRING, channels: LIST OF STRING, first: INTEGER, parts: LIST OF STRING
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
// include: page_desc
RETURN position, several, touchpoints
