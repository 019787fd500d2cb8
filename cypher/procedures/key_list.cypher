// purpose:    All API keys by their names, those that were taken back too. Nothing tells the key.
// mode:       read
// params:     none
// returns:    name: STRING, scopes: LIST OF STRING, created_at: ZONED DATETIME, expires_at: ZONED DATETIME, revoked_at: ZONED DATETIME
// locks:      none
// cost:       O(keys)
// idempotent: yes
MATCH (k:ApiKey)
RETURN
  k.name AS name,
  k.scopes AS scopes,
  k.created_at AS created_at,
  k.expires_at AS expires_at,
  k.revoked_at AS revoked_at
ORDER BY name
