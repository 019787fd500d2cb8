// purpose:    One person as `person`, and a page of what they did as `touchpoints_desc`, in one round
//             trip: it is what frontends ask for most.
// mode:       read
// params:     identifier: STRING, after_at: LIST OF INTEGER, after_id: STRING, since: LIST OF INTEGER, until: LIST OF INTEGER, names: LIST OF STRING, channels: LIST OF STRING, first: INTEGER, parts: LIST OF STRING
// returns:    person: MAP, several: BOOLEAN, touchpoints: LIST OF LIST
// locks:      none
// cost:       that of `person` and of `touchpoints_desc`
// idempotent: yes
// plan:       once
// times:      none
// include: person_named
// include: tell_person
WITH person, [i IN person.identifiers | i.key] AS keys
// include: kinds
// include: used
WITH person, keys, size(used) > 0 AS several
// include: page_desc
RETURN person, several, touchpoints
