// purpose:    The ids of the profiles that hold an account or belong to it, the first ones after an id,
//             for many accounts at once.
// mode:       read
// params:     accounts: LIST OF STRING, after: STRING, first: INTEGER
// returns:    account: STRING, ids: LIST OF STRING
// locks:      none
// cost:       O(members of the accounts)
// idempotent: yes
// plan:       once
UNWIND $accounts AS account
CALL (account) {
  MATCH (a:Account {key: account})<-[:OF|MEMBER_OF]-(:Identifier)-[:IDENTIFIES]->(p:Profile)
  USING INDEX SEEK a:Account(key)
  WITH DISTINCT p.id AS id
  WHERE id > $after
  WITH id
  ORDER BY id
  LIMIT $first
  RETURN collect(id) AS ids
}
RETURN account, ids
