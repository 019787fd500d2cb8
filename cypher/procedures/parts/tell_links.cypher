// purpose: Tell links as people read them: the ends, what keeps a link from counting, and its
//          evidence, the strongest kind first.
// takes:   wanted: LIST OF MAP of the Identifiers ONE and OTHER and of EVIDENCE, the SEEN_WITH
//          between them
// gives:   told: LIST OF MAP, in the same order; obstacle is null where a link counts
CALL (wanted) {
  CALL () {
    MATCH (n:Namespace)
    WHERE n.kind <> 'none'
    RETURN collect(n.name) AS linking
  }
  UNWIND range(0, size(wanted) - 1) AS place
  WITH place, wanted[place] AS link, wanted[place].one AS one, wanted[place].other AS other, linking
  CALL (link) {
    UNWIND link.evidence AS s
    OPTIONAL MATCH (c:Change {id: s.change_id})
    USING INDEX SEEK c:Change(id)
    WITH s, c, coalesce(head([n IN range(0, 2)
      WHERE ['manual', 'declared', 'observed'][n] = s.kind]), 3) AS weakness
    ORDER BY weakness
    RETURN
      collect({
        kind: s.kind, first_seen: s.first_seen, last_seen: s.last_seen, count: s.count,
        sources: s.sources, change_id: c.id, actor: c.actor, reason: c.reason
      }) AS evidence,
      min(s.first_seen) AS first_seen,
      max(s.last_seen) AS last_seen,
      sum(s.count) AS count
  }
  MATCH (one)-[:IDENTIFIES]->(p:Profile)
  MATCH (other)-[:IDENTIFIES]->(q:Profile)
  WITH *
  ORDER BY place
  RETURN collect({
    one: one.key, other: other.key, one_profile: p.id, other_profile: q.id,
    obstacle: CASE
      WHEN one.shared OR other.shared THEN 'shared'
      WHEN NOT (one.namespace IN linking AND other.namespace IN linking) THEN 'kind_none'
      ELSE link.evidence[0].refused
    END,
    kind: evidence[0].kind, first_seen: first_seen, last_seen: last_seen, count: count,
    sources: reduce(known = [], said IN evidence |
      known + [source IN said.sources WHERE NOT source IN known]),
    evidence: evidence
  }) AS told
}
