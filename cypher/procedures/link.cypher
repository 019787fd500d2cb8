// purpose:    Say that two identifiers are one person, and decide at once what follows from it. The
//             link is evidence like any other: a separation or a limit can still refuse it, and
//             `withdraw` takes it back.
// mode:       write
// params:     one: STRING, other: STRING, reason: STRING, actor: STRING = 'cypher', request: STRING = null
// returns:    outcome: STRING, change_id: STRING, rule: STRING, profiles: LIST OF STRING
// locks:      the two identifiers, then their neighbourhood, each by key
// cost:       O(links of the neighbourhood)
// idempotent: yes; a second run finds the link there and says so
// public:     yes
// plan:       once
// include: named_pair
WITH *, 'linked' AS kind
// include: asked_before
OPTIONAL MATCH (a)-[there:SEEN_WITH {kind: 'manual'}]->(b)
CALL (a, b, problem, done, there, kind) {
  WITH a, b, problem, done, there, kind
  WHERE problem IS NULL AND done IS NULL AND there IS NULL
  WITH a, b, [a, b] AS seeds, kind, null AS withdraws
  // include: lock_neighbourhood
  // include: act
  CALL (a, b, act) {
    WITH a, b, act, datetime.truncate('microsecond', datetime.statement()) AS now
    CREATE (a)-[:SEEN_WITH {
      kind: 'manual', change_id: act.change_id, first_seen: now, last_seen: now, count: 1,
      sources: []
    }]->(b)
  }
  CALL (a, b) {
    UNWIND [a, b] AS i
    WITH i, '' AS without
    // include: recount
    SET i.shared = is_shared
  }
  // include: settle
  RETURN act.change_id AS new
  UNION
  WITH problem, done, there
  WHERE problem IS NOT NULL OR done IS NOT NULL OR there IS NOT NULL
  RETURN null AS new
}
// include: outcome
RETURN
  coalesce(problem, CASE
    WHEN done IS NOT NULL AND coalesce(there.change_id <> done.id, true) THEN 'withdrawn_since'
    WHEN new IS NULL AND done IS NULL THEN 'already_linked'
    WHEN size(profiles) = 1 THEN 'linked'
    ELSE 'refused'
  END) AS outcome,
  coalesce(new, done.id, there.change_id) AS change_id,
  rule,
  profiles
