// purpose:    `profile` for the service, with all its times as moments.
// mode:       read
// params:     identifier: STRING
// returns:    person: MAP
// locks:      none
// cost:       O(identifiers of the profile and what hangs on them, without its events)
// idempotent: yes
// times:      none
// include: person_named
// include: tell_person
RETURN person
