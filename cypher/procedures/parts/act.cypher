// purpose: Remember what a person decided.
// takes:   a, b: Identifier; kind: STRING, linked, separated or withdrawn; withdraws: the id of the
//          change that is taken back, or null; $reason, $actor, $request: STRING
// gives:   act: MAP of CHANGE_ID and ACTOR, for what follows from it
CALL (a, b, kind, withdraws) {
  MATCH (a)-[:IDENTIFIES]->(p:Profile)
  MATCH (b)-[:IDENTIFIES]->(q:Profile)
  WITH
    a, b, kind, withdraws, randomUUID() AS id,
    CASE p WHEN q THEN [p.id] ELSE [p.id, q.id] END AS profiles
  WITH
    id,
    [{
      node: {
        id: id, kind: kind, actor: $actor, reason: trim($reason), withdraws: withdraws,
        request: $request, profiles: profiles
      },
      identifiers: [{key: a.key}, {key: b.key}]
    }] AS changes
  // include: remember
  RETURN {change_id: id, actor: $actor} AS act
}
