// purpose:    The devices and cookies that several people used, among the identifiers of a profile
//             and those that its person was seen with. Without any, all that the profile's
//             identifiers own is its journey.
// mode:       read
// params:     keys: LIST OF STRING
// returns:    used: LIST OF STRING
// locks:      none
// cost:       O(identifiers of the profile and their links)
// idempotent: yes
WITH $keys AS keys
// include: kinds
// include: used
RETURN [d IN used | d.key] AS used
