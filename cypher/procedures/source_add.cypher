// purpose:    Keep a source, and the hash of one more write key for it.
// mode:       write
// params:     source: STRING, channel: STRING, hash: STRING
// returns:    name: STRING
// locks:      the source
// cost:       O(1)
// idempotent: yes
MERGE (s:Source {id: $source})
ON CREATE SET s.name = $source, s.created_at = datetime()
SET s.channel = coalesce($channel, s.channel)
MERGE (k:Key {hash: $hash})
ON CREATE SET
  k.name = $source, k.scopes = ['messages:write'], k.created_at = datetime()
MERGE (k)-[:FOR]->(s)
RETURN s.id AS name
