// purpose: What is known of a person as one map, with all its times as moments: where there are many of
//          them the service would take longer to read them than for all the rest.
// takes:   p: Profile
// gives:   person, beside it: MAP of what `tell_profile` gives
CALL (p) {
  CALL (p) {
    // include: tell_profile
  }
  RETURN {
    id: id,
    former_ids: former_ids,
    first_seen: [first_seen.epochSeconds, first_seen.nanosecond],
    last_seen: [last_seen.epochSeconds, last_seen.nanosecond],
    identifiers: [i IN identifiers | i {
      .*,
      first_seen: [i.first_seen.epochSeconds, i.first_seen.nanosecond],
      last_seen: [i.last_seen.epochSeconds, i.last_seen.nanosecond]
    }],
    traits: [t IN traits | t {.*, at: [t.at.epochSeconds, t.at.nanosecond]}],
    devices: [d IN devices | d {.*, seen_at: null}],
    accounts: [a IN accounts | a {
      .*, traits: [t IN a.traits | t {.*, at: [t.at.epochSeconds, t.at.nanosecond]}]
    }],
    consents: [c IN consents | c {
      .*,
      first_at: [c.first_at.epochSeconds, c.first_at.nanosecond],
      at: [c.at.epochSeconds, c.at.nanosecond]
    }]
  } AS person
}
