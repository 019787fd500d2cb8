// purpose:    Find who holds the key with this hash.
// mode:       read
// params:     hash: STRING
// returns:    name: STRING, scopes: LIST OF STRING, source: STRING, channel: STRING,
//             expires_at: ZONED DATETIME
// locks:      none
// cost:       O(1)
// idempotent: yes
MATCH (k:Key {hash: $hash})
OPTIONAL MATCH (k)-[:FOR]->(s:Source)
RETURN
  k.name AS name,
  k.scopes AS scopes,
  s.id AS source,
  s.channel AS channel,
  k.expires_at AS expires_at
