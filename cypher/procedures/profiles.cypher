// purpose:    Many people at once, each as `profile` tells one, by the ids that their profiles bear now;
//             in no order, and none for an id that no profile bears.
// mode:       read
// params:     ids: LIST OF STRING
// returns:    id: STRING, former_ids: LIST OF STRING, first_seen: ZONED DATETIME, last_seen: ZONED DATETIME, identifiers: LIST OF MAP, traits: LIST OF MAP, devices: LIST OF MAP, accounts: LIST OF MAP, consents: LIST OF MAP
// locks:      none
// cost:       O(identifiers of the profiles and what hangs on them, without their events)
// idempotent: yes
UNWIND $ids AS id
MATCH (p:Profile {id: id})
// include: tell_profile
