// purpose: Say which profiles two identifiers are in now; and what forbids that it is one, where
//          they were linked.
// takes:   a, b: Identifier, or null
// gives:   profiles: LIST OF STRING, one or two ids, or none; rule: STRING, or null
CALL (a, b) {
  OPTIONAL MATCH (a)-[:IDENTIFIES]->(p:Profile)
  OPTIONAL MATCH (b)-[:IDENTIFIES]->(q:Profile)
  OPTIONAL MATCH (a)-[refused:SEEN_WITH WHERE refused.refused IS NOT NULL]->(b)
  OPTIONAL MATCH (m:Namespace {name: a.namespace})
  OPTIONAL MATCH (n:Namespace {name: b.namespace})
  WITH a, b, p, q, m, n, head(collect(refused.refused)) AS reason
  RETURN
    CASE p WHEN q THEN [p.id] ELSE [id IN [p.id, q.id] WHERE id IS NOT NULL] END AS profiles,
    CASE
      WHEN p = q THEN null
      WHEN a.shared OR b.shared THEN 'shared'
      WHEN coalesce(m.kind, 'none') = 'none' OR coalesce(n.kind, 'none') = 'none' THEN 'kind_none'
      ELSE reason
    END AS rule
}
