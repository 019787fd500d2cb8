// purpose: Decide about a neighbourhood again, bring its profiles in line, and remember what
//          changed; as service/identity/decision.py does for new messages.
// takes:   members: LIST OF Identifier, by key, all locked; act: MAP of CHANGE_ID and ACTOR, the
//          change by hand that is the cause
// gives:   nothing
CALL (members, act) {
  // include: decide
  CALL (members) {
    UNWIND range(0, size(members) - 1) AS position
    WITH position, members[position] AS i
    MATCH (i)-[:IDENTIFIES]->(p:Profile)
    WITH i, p
    ORDER BY position
    RETURN collect({
      key: i.key,
      born_as: i.born_as,
      stored: [i.stored_at.epochSeconds, i.stored_at.microsecond],
      was: p.id,
      contested: p.contested
    }) AS before
  }
  CALL (members) {
    UNWIND range(0, size(members) - 1) AS position
    WITH position, members[position] AS i
    WHERE EXISTS { (i)-[:SEPARATED_FROM]-() }
    RETURN collect(position) AS separated
  }
  // A profile bears the id of that one of its identifiers which was stored first.
  CALL (before, of) {
    UNWIND range(0, size(of) - 1) AS position
    WITH of[position] AS cluster, position, before[position] AS one
    ORDER BY one.stored, one.born_as
    RETURN cluster, collect(position) AS positions, collect(one.born_as)[0] AS id
  }
  WITH *
  ORDER BY cluster
  WITH
    members, act, links, of, refused, overused, separated, before,
    collect({cluster: cluster, positions: positions, id: id}) AS found
  // Each cluster keeps the profile that most of it is already in.
  CALL (found, before) {
    UNWIND found AS cluster
    UNWIND cluster.positions AS position
    WITH cluster.cluster AS cluster, before[position].was AS profile, position
    WITH cluster, profile, count(*) AS size, min(position) AS first
    ORDER BY size DESC, profile, first
    WITH collect({cluster: cluster, profile: profile}) AS overlaps
    RETURN reduce(kept = [], one IN overlaps |
      CASE
        WHEN any(k IN kept WHERE k.cluster = one.cluster OR k.profile = one.profile) THEN kept
        ELSE kept + [one]
      END
    ) AS kept
  }
  WITH
    *,
    [p IN range(0, size(of) - 1) | head([c IN found WHERE c.cluster = of[p] | c.id])] AS became,
    overused
      + separated
      + [one IN refused | links[one.link].a]
      + [one IN refused | links[one.link].b] AS touched,
    [c IN found | c {
      .*, kept: coalesce(head([k IN kept WHERE k.cluster = c.cluster | k.profile]), '')
    }] AS clusters
  WITH
    *,
    [one IN refused | {
      a: before[links[one.link].a].key, b: before[links[one.link].b].key, rule: one.reason
    }] AS refusals,
    [c IN clusters | c {
      .id, .kept,
      keys: [p IN c.positions WHERE before[p].was <> c.kept | before[p].key],
      contested: any(p IN c.positions WHERE p IN touched),
      was_contested: coalesce(head([one IN before WHERE one.was = c.kept | one.contested]), false)
    }] AS plans
  WITH
    *,
    reduce(all_moved = [], plan IN plans | all_moved + plan.keys) AS moved,
    [plan IN plans WHERE size(plan.keys) > 0 | plan {.id, .keys}] AS joined,
    [plan IN plans WHERE plan.kept <> '' AND plan.kept <> plan.id | {was: plan.kept, id: plan.id}]
      AS renamed,
    [plan IN plans WHERE plan.contested <> plan.was_contested | plan {.id, .contested}] AS contested
  CALL (before, plans) {
    UNWIND before AS one
    WITH DISTINCT one.was AS id, plans
    WHERE NOT id IN [plan IN plans | plan.kept]
    RETURN collect(id) AS retired
  }
  // include: rewire
  CALL (members) {
    UNWIND members AS i
    WITH i
    WHERE NOT i.shared
    MATCH (i)-[s:SEEN_WITH]-(:Identifier)
    WHERE s.refused IS NOT NULL
    RETURN collect(DISTINCT {
      a: startNode(s).key, b: endNode(s).key, rule: s.refused
    }) AS refusals_before
  }
  CALL (refusals, refusals_before) {
    UNWIND [row IN refusals_before WHERE NOT row IN refusals] AS row
    MATCH (from:Identifier {key: row.a})-[s:SEEN_WITH]->(to:Identifier {key: row.b})
    USING INDEX SEEK from:Identifier(key)
    USING INDEX SEEK to:Identifier(key)
    REMOVE s.refused
  }
  CALL (refusals) {
    UNWIND refusals AS row
    MATCH (from:Identifier {key: row.a})-[s:SEEN_WITH]->(to:Identifier {key: row.b})
    USING INDEX SEEK from:Identifier(key)
    USING INDEX SEEK to:Identifier(key)
    WHERE s.refused IS NULL OR s.refused <> row.rule
    SET s.refused = row.rule
  }
  CALL (before, became, links) {
    UNWIND range(0, size(before) - 1) AS position
    WITH before[position] AS one, became[position] AS id, links, position
    ORDER BY one.was, one.key
    WITH
      id,
      collect(DISTINCT one.was) AS came_from,
      collect(position) AS positions,
      collect(CASE WHEN one.was <> id THEN {key: one.key, was: one.was, became: id} END) AS moves
    WHERE size(came_from) > 1
    RETURN collect({
      kind: 'merged',
      profiles: [id] + [was IN came_from WHERE was <> id],
      rule: ['manual', 'declared', 'observed', 'matched'][reduce(strongest = 3, link IN links |
        CASE
          WHEN link.kind < strongest AND link.a IN positions AND link.b IN positions
            AND before[link.a].was <> before[link.b].was THEN link.kind
          ELSE strongest
        END)],
      identifiers: moves
    }) AS merges
  }
  CALL (before, became, links, refused) {
    UNWIND range(0, size(before) - 1) AS position
    WITH before[position] AS one, became[position] AS id, links, refused, position
    ORDER BY id, one.key
    WITH
      one.was AS was,
      collect(DISTINCT id) AS went_to,
      collect(position) AS positions,
      collect(CASE WHEN one.was <> id THEN {key: one.key, was: one.was, became: id} END) AS moves
    WHERE size(went_to) > 1
    RETURN collect({
      kind: 'split',
      profiles: [was] + [id IN went_to WHERE id <> was],
      rule: head([one IN refused WHERE links[one.link].a IN positions
        AND links[one.link].b IN positions | one.reason]),
      identifiers: moves
    }) AS splits
  }
  WITH
    act,
    merges + splits
      + [row IN refusals WHERE NOT row IN refusals_before | row {.*, kind: 'refused'}]
      + [row IN refusals_before WHERE none(now IN refusals WHERE now.a = row.a AND now.b = row.b)
         | {a: row.a, b: row.b, kind: 'accepted'}] AS found,
    [one IN before | one.key] AS keys,
    became
  WITH [change IN found | {
    node: act {
      .*,
      id: randomUUID(),
      kind: change.kind,
      rule: change.rule,
      profiles: coalesce(change.profiles, reduce(ids = [], p IN range(0, size(keys) - 1) |
        CASE
          WHEN keys[p] IN [change.a, change.b] AND NOT became[p] IN ids THEN ids + [became[p]]
          ELSE ids
        END))
    },
    identifiers: coalesce(change.identifiers, [{key: change.a}, {key: change.b}])
  }] AS changes
  // include: remember
}
