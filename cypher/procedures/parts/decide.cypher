// purpose: Decide who is one person in a neighbourhood: the rule of model.md, "Evidence and
//          decisions". Changes nothing. Held by tests against service/identity/partition.py.
// takes:   members: LIST OF Identifier, by key
// gives:   links: LIST OF MAP of all that count, the strongest first, each with its ends A and B by
//          position in members, its EVIDENCE and its NUMBER; of: the cluster of each position;
//          taken: the numbers of the links that joined two clusters; refused: LIST OF MAP of LINK
//          and REASON; overused: LIST OF positions
CALL (members) {
  MATCH (r:Rules {name: 'rules'})
  WITH members, r, [i IN members | i.key] AS keys,
    // To find a key's position by halving.
    [power IN range(20, 0, -1) | toInteger(2 ^ power)] AS steps
  CALL (members) {
    UNWIND range(0, size(members) - 1) AS position
    WITH position, members[position] AS i
    OPTIONAL MATCH (n:Namespace {name: i.namespace})
    WITH i, n, coalesce(n.strength, 3) AS strength
    ORDER BY position
    RETURN collect({
      namespace: i.namespace,
      strength: strength,
      priority: coalesce(n.priority, 1000),
      counts: strength < 3 AND NOT i.shared,
      person: strength = 0,
      device: strength IN [1, 2]
    }) AS is
  }
  CALL (is) {
    MATCH (n:Namespace)
    WHERE n.max_per_profile IS NOT NULL
    WITH n, [p IN range(0, size(is) - 1) WHERE is[p].namespace = n.name] AS positions
    WHERE size(positions) > n.max_per_profile
    RETURN collect({most: n.max_per_profile, positions: positions}) AS limits
  }
  CALL (members, keys, steps) {
    UNWIND range(0, size(members) - 1) AS a
    WITH a, members[a] AS one, keys, steps
    MATCH (one)-[:SEPARATED_FROM]->(other:Identifier)
    WITH a, other, keys, reduce(low = 0, step IN steps |
      CASE WHEN low + step < size(keys) AND keys[low + step] <= other.key THEN low + step ELSE low END
    ) AS b
    WHERE keys[b] = other.key
    RETURN collect(DISTINCT {a: a, b: b}) AS separations
  }
  CALL (members, is, keys, steps, r) {
    UNWIND range(0, size(members) - 1) AS a
    WITH a, members[a] AS one, is, keys, steps, r
    WHERE is[a].counts
    MATCH (one)-[s:SEEN_WITH]->(other:Identifier)
    WITH a, other, s, is, keys, r, reduce(low = 0, step IN steps |
      CASE WHEN low + step < size(keys) AND keys[low + step] <= other.key THEN low + step ELSE low END
    ) AS b
    WHERE keys[b] = other.key AND is[b].counts
    // Evidence of several kinds for one pair is one link: the strongest kind, the widest times.
    // Lists are no part of what is grouped by: each group would be charged for all of them.
    WITH
      a, b,
      min(CASE s.kind
        WHEN 'manual' THEN 0 WHEN 'declared' THEN 1 WHEN 'observed' THEN 2 ELSE 3
      END) AS kind,
      min(s.first_seen) AS first_seen,
      max(s.last_seen) AS last_seen,
      collect(s) AS evidence
    WITH
      a, b, kind, evidence,
      CASE r.conflicts WHEN 'latest'
        THEN [-last_seen.epochSeconds, -last_seen.microsecond]
        ELSE [first_seen.epochSeconds, first_seen.microsecond]
      END AS time,
      toInteger(is[a].device) + toInteger(is[b].device) AS devices,
      is[a].strength > is[b].strength
        OR (is[a].strength = is[b].strength AND is[a].priority > is[b].priority) AS weaker_a,
      is[a] AS on_a,
      is[b] AS on_b
    WITH
      a, b, kind, evidence, devices, time,
      CASE WHEN weaker_a THEN on_a ELSE on_b END AS weak,
      CASE WHEN weaker_a THEN on_b ELSE on_a END AS strong
    WITH
      a, b, kind, evidence, devices, weak.strength AS weakest,
      CASE devices
        WHEN 0 THEN [weak.priority, strong.priority] + time
        ELSE time + [weak.priority, strong.priority]
      END AS by
    ORDER BY kind, devices, weakest, by, a, b
    WITH collect({a: a, b: b, kind: kind, evidence: evidence, devices: devices}) AS found
    UNWIND range(0, size(found) - 1) AS number
    WITH found[number] AS link, number
    ORDER BY number
    RETURN collect(link {.*, number: number}) AS all_links
  }
  // Who the people are is decided by the links without a device or cookie alone.
  WITH *, [link IN all_links WHERE link.devices = 0] AS links, [] AS overused
  // include: join
  WITH members, r, is, limits, separations, all_links, joined.of AS people
  CALL (is, all_links, people, r) {
    UNWIND all_links AS link
    WITH link, is, people, r
    WHERE is[link.a].device <> is[link.b].device
    WITH
      CASE WHEN is[link.a].device THEN link.a ELSE link.b END AS device,
      people[CASE WHEN is[link.a].device THEN link.b ELSE link.a END] AS person,
      r
    WITH device, count(DISTINCT person) AS users, r
    WHERE users > r.device_joins
    RETURN collect(device) AS overused
  }
  WITH *, all_links AS links
  // include: join
  RETURN
    links,
    joined.of AS of,
    joined.taken AS taken,
    joined.refused AS refused,
    overused
}
