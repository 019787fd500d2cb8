// purpose:    Which shared accounts (organizations, households) have the most members?
// mode:       read
// params:     limit: INTEGER = 25
// returns:    account: STRING, kind: STRING, people: INTEGER, identifiers: INTEGER
// locks:      none
// cost:       O(accounts, and the members of the largest)
// idempotent: yes
// public:     yes
MATCH (a:Account)
WHERE a.shared
WITH a, COUNT { (a)<-[:MEMBER_OF]-() } AS identifiers
ORDER BY identifiers DESC, a.key
LIMIT $limit
RETURN
  a.key AS account,
  a.kind AS kind,
  COUNT {
    MATCH (a)<-[:MEMBER_OF]-(:Identifier)-[:IDENTIFIES]->(p:Profile)
    RETURN DISTINCT p
  } AS people,
  identifiers
ORDER BY people DESC, account
