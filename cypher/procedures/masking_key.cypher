// purpose:    The key by which personal values get other names for those who may not see them; made
//             at the first call, and the same one ever after.
// mode:       write
// params:     none
// returns:    key: STRING
// locks:      the one Rules node
// cost:       O(1)
// idempotent: yes
MERGE (r:Rules {name: 'rules'})
REMOVE r.locked
WITH r
SET r.masking_key = coalesce(r.masking_key, randomUUID())
RETURN r.masking_key AS key
