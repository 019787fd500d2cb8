// purpose:    Say that two identifiers are not one person, and decide at once what follows from it.
//             It beats every link, and `withdraw` takes it back.
// mode:       write
// params:     one: STRING, other: STRING, reason: STRING, actor: STRING = 'cypher', request: STRING = null
// returns:    outcome: STRING, change_id: STRING, profiles: LIST OF STRING
// locks:      the two identifiers, then their neighbourhood, each by key
// cost:       O(links of the neighbourhood)
// idempotent: yes; a second run finds the separation there and says so
// public:     yes
// plan:       once
// include: named_pair
WITH *, 'separated' AS kind
// include: asked_before
OPTIONAL MATCH (a)-[there:SEPARATED_FROM]->(b)
CALL (a, b, problem, done, there, kind) {
  WITH a, b, problem, done, there, kind
  WHERE problem IS NULL AND done IS NULL AND there IS NULL
  WITH a, b, [a, b] AS seeds, kind, null AS withdraws
  // include: lock_neighbourhood
  // include: act
  CALL (a, b, act) {
    CREATE (a)-[:SEPARATED_FROM {change_id: act.change_id, at: datetime.statement()}]->(b)
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
    WHEN new IS NULL AND done IS NULL THEN 'already_separated'
    ELSE 'separated'
  END) AS outcome,
  coalesce(new, done.id, there.change_id) AS change_id,
  profiles
