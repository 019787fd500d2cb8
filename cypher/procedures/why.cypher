// purpose:    Why are two identifiers one person, or why are they not? For one person: the chain of
//             links between them of which the weakest link is as strong as can be. For two: what
//             keeps them apart. That is a separation; else the strongest refused link between their
//             profiles, with the link that won instead; else a link between them that is left out;
//             else the strongest refused link on the best way over other profiles; else two links
//             to a third identifier that are left out; else that one of them is of a namespace that
//             links nobody; else that there is no evidence.
// mode:       read
// params:     identifier: STRING, other: STRING
// returns:    same_person: BOOLEAN, reason: STRING, summary: STRING, chain: LIST OF MAP, refused: MAP, won: MAP, left_out: LIST OF MAP, separation: MAP, unknown: LIST OF STRING, profiles: LIST OF STRING
// locks:      none
// cost:       O(links of their neighbourhoods); of a shared identifier, all whom it was seen with
// idempotent: yes
// public:     yes
// plan:       once
CALL () {
  WITH $identifier AS wanted
  // include: identifier
  RETURN found AS a
}
CALL (a) {
  WITH $other AS wanted
  // include: identifier
  RETURN found AS b
}
OPTIONAL MATCH (a)-[:IDENTIFIES]->(p:Profile)
OPTIONAL MATCH (b)-[:IDENTIFIES]->(q:Profile)
CALL (a, b, p, q) {
  WITH a, b, p = q AS is_one, [a, b] AS seeds
  WHERE a <> b
  // include: neighbourhood
  // include: decide
  WITH
    *,
    head([n IN range(0, size(members) - 1) WHERE members[n] = a | of[n]]) AS of_a,
    head([n IN range(0, size(members) - 1) WHERE members[n] = b | of[n]]) AS of_b
  WITH
    *,
    [n IN range(0, size(members) - 1) WHERE of[n] = of_a | members[n]] AS side_a,
    [n IN range(0, size(members) - 1) WHERE of[n] = of_b | members[n]] AS side_b
  // One person: the links that joined clusters are a forest, and in it there is one way.
  CALL (a, b, of_a, of_b, links, taken) {
    WITH a, b, of_a = of_b AS in_one, [n IN taken | links[n].evidence[0]] AS forest
    OPTIONAL MATCH (a)((one)-[step:SEEN_WITH WHERE step IN forest]-(two))+(b)
    WHERE in_one
    RETURN [n IN range(0, coalesce(size(step), 0) - 1) |
      {one: one[n], other: two[n], step: step[n]}] AS way
  }
  // Two people.
  CALL (a, b, of_a, of_b, side_a, side_b) {
    UNWIND CASE WHEN of_a <> of_b THEN side_a ELSE [] END AS one
    MATCH (one)-[apart:SEPARATED_FROM]-(two:Identifier)
    WHERE two IN side_b
    WITH apart
    ORDER BY one = a AND two = b DESC, apart.at
    RETURN collect(apart)[0] AS apart_at_once
  }
  WITH
    *,
    head([one IN refused WHERE of_a <> of_b AND apart_at_once IS NULL
      AND of[links[one.link].a] IN [of_a, of_b] AND of[links[one.link].b] IN [of_a, of_b]
      AND of[links[one.link].a] <> of[links[one.link].b]]) AS direct,
    of_a <> of_b AND apart_at_once IS NULL AS looking
  WITH *, looking AND direct IS NULL AS looking
  CALL (looking, side_a, side_b) {
    UNWIND CASE WHEN looking THEN side_a ELSE [] END AS one
    MATCH (one)-[s:SEEN_WITH]-(two:Identifier)
    WHERE two IN side_b
    WITH one, two, max(s.last_seen) AS last_seen, collect(s) AS evidence
    ORDER BY last_seen DESC, startNode(evidence[0]).key, endNode(evidence[0]).key
    RETURN collect({one: one, other: two, evidence: evidence})[..1] AS left_between
  }
  WITH *, looking AND left_between = [] AS looking
  // The best way over other profiles: what would join them, if no rule forbade anything.
  CALL (looking, members, links, of, refused, a, b) {
    WITH
      members AS is, {max_identifiers: size(members)} AS r,
      [] AS limits, [] AS separations, [] AS overused, links, of, refused, a, b
    WHERE looking
    // include: join
    WITH [n IN joined.taken | links[n].evidence[0]] AS forest, links, of, refused, a, b
    MATCH (a)(()-[step:SEEN_WITH WHERE step IN forest]-())+(b)
    RETURN head(collect(head([one IN refused WHERE of[links[one.link].a] <> of[links[one.link].b]
      AND links[one.link].evidence[0] IN step]))) AS indirect
  }
  WITH *, looking AND indirect IS NULL AS looking
  CALL (looking, side_a, side_b) {
    CALL (looking, side_a) {
      UNWIND CASE WHEN looking THEN side_a ELSE [] END AS one
      MATCH (one)-[:SEEN_WITH]-(third:Identifier)
      RETURN collect(DISTINCT third) AS met
    }
    UNWIND side_b AS two
    MATCH (two)-[s:SEEN_WITH]-(third:Identifier)
    WHERE third IN met
    WITH third, two, side_a, collect(s) AS evidence
    ORDER BY third.key, two.key
    LIMIT 1
    MATCH (one:Identifier)-[s:SEEN_WITH]-(third)
    WHERE one IN side_a
    WITH third, two, evidence, one, collect(s) AS others
    ORDER BY one.key
    WITH third, two, evidence, collect({one: one, other: third, evidence: others})[0] AS first
    RETURN collect([first, {one: third, other: two, evidence: evidence}]) AS left_over
  }
  WITH *, coalesce(direct, indirect) AS refusal
  // include: winner
  CALL (sides, refusal) {
    UNWIND CASE refusal.reason WHEN 'separated' THEN sides[0] ELSE [] END AS one
    MATCH (one)-[apart:SEPARATED_FROM]-(two:Identifier)
    WHERE two IN sides[1]
    WITH apart
    ORDER BY apart.at
    RETURN collect(apart)[0] AS apart_on_the_way
  }
  WITH
    *,
    coalesce(apart_at_once, apart_on_the_way) AS apart,
    [step IN way | step {
      .one, .other,
      evidence: links[head([n IN taken WHERE links[n].evidence[0] = step.step])].evidence
    }] AS steps,
    [n IN [refusal.link, won] | CASE WHEN n IS NOT NULL THEN {
      one: members[links[n].a], other: members[links[n].b], evidence: links[n].evidence
    } END] AS decisive,
    left_between + coalesce(left_over[0], []) AS left_links
  CALL (steps) {
    WITH steps AS wanted
    // include: tell_links
    RETURN told AS chain
  }
  CALL (decisive) {
    WITH [link IN decisive WHERE link IS NOT NULL] AS wanted
    // include: tell_links
    RETURN told[0] AS refused_link, told[1] AS winning_link
  }
  CALL (left_links) {
    WITH left_links AS wanted
    // include: tell_links
    RETURN told AS left_out
  }
  // include: tell_separation
  // Of a namespace that links nobody not even the evidence is kept.
  CALL (a, b) {
    OPTIONAL MATCH (one:Namespace {name: a.namespace})
    OPTIONAL MATCH (two:Namespace {name: b.namespace})
    RETURN 'none' IN [coalesce(one.kind, 'none'), coalesce(two.kind, 'none')] AS links_nobody
  }
  RETURN {
    reason: CASE
      WHEN is_one <> (of_a = of_b) THEN 'rules_changed'
      WHEN is_one THEN 'linked'
      WHEN apart_at_once IS NOT NULL THEN 'separated'
      WHEN refusal IS NOT NULL THEN refusal.reason
      ELSE coalesce(head([obstacle IN ['shared', 'kind_none']
        WHERE obstacle IN [link IN left_out | link.obstacle]]),
        CASE WHEN links_nobody THEN 'kind_none' ELSE 'no_evidence' END)
    END,
    chain: chain, refused: refused_link, won: winning_link, left_out: left_out,
    separation: separation, limited: limited
  } AS verdict
  UNION
  WITH a, b
  WHERE a IS NULL OR b IS NULL OR a = b
  RETURN {
    reason: CASE WHEN a = b THEN 'same_identifier' ELSE 'unknown' END, chain: [], left_out: []
  } AS verdict
}
WITH
  *,
  [key IN [CASE WHEN a IS NULL THEN $identifier END, CASE WHEN b IS NULL THEN $other END]
    WHERE key IS NOT NULL] AS unknown,
  coalesce(p = q, false) AS same_person
// include: summary
RETURN
  same_person,
  verdict.reason AS reason,
  summary,
  verdict.chain AS chain,
  verdict.refused AS refused,
  verdict.won AS won,
  verdict.left_out AS left_out,
  verdict.separation AS separation,
  unknown,
  CASE WHEN same_person THEN [p.id] ELSE [id IN [p.id, q.id] WHERE id IS NOT NULL] END AS profiles
