// purpose:    Keep an API key's hash, unless there is an API key of this name.
// mode:       write
// params:     name: STRING, scopes: LIST OF STRING, hash: STRING, expires_at: ZONED DATETIME
// returns:    name: STRING
// locks:      the key's name
// cost:       O(1)
// idempotent: yes; a second run returns nothing
MERGE (k:ApiKey {name: $name})
ON CREATE SET
  k:Key,
  k.hash = $hash,
  k.scopes = $scopes,
  k.created_at = datetime(),
  k.expires_at = $expires_at
WITH k
WHERE k.hash = $hash
RETURN k.name AS name
