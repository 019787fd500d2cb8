// purpose:    One person: everything that is known, by any identifier (namespace:value) or by any
//             id that the profile ever had. Of each trait the value that won comes first.
// mode:       read
// params:     identifier: STRING
// returns:    id: STRING, former_ids: LIST OF STRING, first_seen: ZONED DATETIME, last_seen: ZONED DATETIME, identifiers: LIST OF MAP, traits: LIST OF MAP, devices: LIST OF MAP, accounts: LIST OF MAP, consents: LIST OF MAP
// locks:      none
// cost:       O(identifiers of the profile and what hangs on them, without its events)
// idempotent: yes
// public:     yes
// include: person_named
// include: tell_profile
