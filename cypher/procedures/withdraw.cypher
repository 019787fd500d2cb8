// purpose:    Take back a link or a separation that somebody made by hand, by the id of its change.
//             What is left are exactly the profiles, ids included, that there would be without it.
// mode:       write
// params:     change_id: STRING, reason: STRING, actor: STRING = 'cypher', request: STRING = null
// returns:    outcome: STRING, change_id: STRING, profiles: LIST OF STRING, identifiers: LIST OF STRING
// locks:      the two identifiers, then their neighbourhood, each by key
// cost:       O(links of the neighbourhood); of an identifier that is shared no longer, of all whom
//             it was seen with
// idempotent: yes; a second run finds it withdrawn and says so
// public:     yes
// plan:       once
OPTIONAL MATCH (c:Change {id: $change_id})
USING INDEX SEEK c:Change(id)
CALL (c) {
  MATCH (c)-[:CONCERNS]->(i:Identifier)
  WHERE c.kind IN ['linked', 'separated']
  WITH i
  ORDER BY i.key
  REMOVE i.locked
  RETURN collect(i) AS ends
}
WITH
  c, ends[0] AS a, ends[1] AS b,
  CASE
    WHEN c IS NULL THEN 'unknown: ' + coalesce($change_id, '')
    WHEN NOT c.kind IN ['linked', 'separated'] THEN 'not_by_hand'
    WHEN trim(coalesce($reason, '')) = '' THEN 'no_reason'
  END AS problem,
  'withdrawn' AS kind
// include: asked_before
WITH *, coalesce(problem, CASE WHEN done.withdraws <> $change_id THEN 'request_used' END) AS wrong
OPTIONAL MATCH (a)-[there:SEEN_WITH|SEPARATED_FROM {change_id: $change_id}]->(b)
CALL (a, b, wrong, there, kind) {
  WITH a, b, wrong, there, kind
  WHERE wrong IS NULL AND there IS NOT NULL
  // An identifier that is shared no longer joins again whom it was seen with.
  CALL (a, b, there) {
    UNWIND CASE type(there) WHEN 'SEEN_WITH' THEN [a, b] ELSE [] END AS i
    WITH i, $change_id AS without
    // include: recount
    WITH i
    WHERE i.shared AND NOT is_shared
    RETURN collect(i) AS unshared
  }
  CALL (unshared) {
    UNWIND unshared AS i
    MATCH (i)-[:SEEN_WITH]-(other:Identifier)
    RETURN collect(other) AS others
  }
  WITH a, b, there, unshared, [a, b] + others AS seeds, kind, $change_id AS withdraws
  // include: lock_neighbourhood
  // include: act
  CALL (there, unshared) {
    DELETE there
    FOREACH (i IN unshared | SET i.shared = false)
  }
  // include: settle
  RETURN act.change_id AS new
  UNION
  WITH wrong, there
  WHERE wrong IS NOT NULL OR there IS NULL
  RETURN null AS new
}
// include: outcome
RETURN
  coalesce(wrong, CASE
    WHEN new IS NULL AND done IS NULL THEN 'already_withdrawn'
    ELSE 'withdrawn'
  END) AS outcome,
  coalesce(new, done.id) AS change_id,
  profiles,
  [i IN [a, b] WHERE i IS NOT NULL | i.key] AS identifiers
