// purpose:    One person: everything that is known, by any identifier (namespace:value) or by any
//             id that the profile ever had. Of each trait the value that won comes first.
// mode:       read
// params:     identifier: STRING
// returns:    id: STRING, former_ids: LIST OF STRING, first_seen: ZONED DATETIME, last_seen: ZONED DATETIME, identifiers: LIST OF MAP, traits: LIST OF MAP, devices: LIST OF MAP, accounts: LIST OF MAP, consents: LIST OF MAP
// locks:      none
// cost:       O(identifiers of the profile and what hangs on them, without its events)
// idempotent: yes
// public:     yes
OPTIONAL MATCH (by_key:Identifier {key: $identifier})
// E-mail addresses are kept in lower case; other values mean what they say.
OPTIONAL MATCH (by_email:Identifier {key: toLower($identifier)})
USING INDEX SEEK by_email:Identifier(key)
WHERE by_email.namespace = 'email'
OPTIONAL MATCH (by_id:Identifier {born_as: $identifier})
WITH coalesce(by_key, by_email, by_id) AS named
MATCH (named)-[:IDENTIFIES]->(p:Profile)
// include: tell_profile
