// purpose:    `profile` for the service, with all its times as moments: where there are many of them
//             the service would take longer to read them than for all the rest.
// mode:       read
// params:     identifier: STRING
// returns:    id: STRING, former_ids: LIST OF STRING, first_seen: LIST OF INTEGER, last_seen: LIST OF INTEGER, identifiers: LIST OF MAP, traits: LIST OF MAP, devices: LIST OF MAP, accounts: LIST OF MAP, consents: LIST OF MAP
// locks:      none
// cost:       O(identifiers of the profile and what hangs on them, without its events)
// idempotent: yes
// times:      none
OPTIONAL MATCH (by_key:Identifier {key: $identifier})
// E-mail addresses are kept in lower case; other values mean what they say.
OPTIONAL MATCH (by_email:Identifier {key: toLower($identifier)})
USING INDEX SEEK by_email:Identifier(key)
WHERE by_email.namespace = 'email'
OPTIONAL MATCH (by_id:Identifier {born_as: $identifier})
WITH coalesce(by_key, by_email, by_id) AS named
MATCH (named)-[:IDENTIFIES]->(p:Profile)
CALL (p) {
  // include: tell_profile
}
RETURN
  id,
  former_ids,
  [first_seen.epochSeconds, first_seen.nanosecond] AS first_seen,
  [last_seen.epochSeconds, last_seen.nanosecond] AS last_seen,
  [i IN identifiers | i {
    .*,
    first_seen: [i.first_seen.epochSeconds, i.first_seen.nanosecond],
    last_seen: [i.last_seen.epochSeconds, i.last_seen.nanosecond]
  }] AS identifiers,
  [t IN traits | t {.*, at: [t.at.epochSeconds, t.at.nanosecond]}] AS traits,
  [d IN devices | d {.*, seen_at: null}] AS devices,
  [a IN accounts | a {
    .*, traits: [t IN a.traits | t {.*, at: [t.at.epochSeconds, t.at.nanosecond]}]
  }] AS accounts,
  [c IN consents | c {
    .*,
    first_at: [c.first_at.epochSeconds, c.first_at.nanosecond],
    at: [c.at.epochSeconds, c.at.nanosecond]
  }] AS consents
