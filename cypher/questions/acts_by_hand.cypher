// purpose:    Who linked or separated whom by hand of late, and why? What came of it: how many
//             changes followed, and was it taken back?
// mode:       read
// params:     since: ZONED DATETIME = null, limit: INTEGER = 25
// returns:    at: ZONED DATETIME, actor: STRING, kind: STRING, one: STRING, other: STRING, reason: STRING, refused: STRING, followed_by: LIST OF STRING, withdrawn_at: ZONED DATETIME, withdrawn_by: STRING, withdrawn_for: STRING, change_id: STRING
// locks:      none
// cost:       O(changes since, and those of the identifiers concerned)
// idempotent: yes
// public:     yes
MATCH (c:Change)
USING INDEX c:Change(at, id)
WHERE c.at >= datetime({
    datetime: coalesce($since, datetime('0001-01-01T00:00:00Z')), timezone: 'Z'
  })
  AND c.id IS NOT NULL
  AND c.kind IN ['linked', 'separated']
WITH c
ORDER BY c.at DESC, c.id DESC
LIMIT $limit
CALL (c) {
  MATCH (c)-[:CONCERNS]->(i:Identifier)
  WITH i
  ORDER BY i.key
  RETURN collect(i) AS ends
}
CALL (c, ends) {
  UNWIND ends AS i
  MATCH (i)<-[:CONCERNS|ABOUT]-(later:Change)
  WHERE later.change_id = c.id
  WITH DISTINCT later
  ORDER BY later.at, later.id
  RETURN collect(later.kind) AS followed_by
}
CALL (c, ends) {
  UNWIND ends AS i
  MATCH (i)<-[:CONCERNS]-(w:Change)
  WHERE w.withdraws = c.id
  RETURN collect(DISTINCT w)[0] AS withdrawal
}
RETURN
  c.at AS at,
  c.actor AS actor,
  c.kind AS kind,
  ends[0].key AS one,
  ends[1].key AS other,
  c.reason AS reason,
  head([(x:Identifier {key: ends[0].key})-[s:SEEN_WITH {change_id: c.id}]->() | s.refused]) AS refused,
  followed_by,
  withdrawal.at AS withdrawn_at,
  withdrawal.actor AS withdrawn_by,
  withdrawal.reason AS withdrawn_for,
  c.id AS change_id
ORDER BY at DESC, change_id DESC
