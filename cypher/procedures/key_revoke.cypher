// purpose:    Take an API key back: nobody is found by it any more. Its name stays taken, so that a
//             record of who did what never means somebody else.
// mode:       write
// params:     name: STRING
// returns:    revoked_at: ZONED DATETIME
// locks:      the key
// cost:       O(1)
// idempotent: yes; the time of the first stays
MATCH (k:ApiKey {name: $name})
REMOVE k:Key, k.hash
SET k.revoked_at = coalesce(k.revoked_at, datetime())
RETURN k.revoked_at AS revoked_at
