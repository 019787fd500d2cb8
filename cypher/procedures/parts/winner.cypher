// purpose: Find the link that won where another was refused: without it the other could have been
//          taken. For max_per_profile it is the weakest one on the way from the refused link's ends
//          to the values of which one person may not hold so many; for device_joins, from the
//          device to the nearest identifier of a person; for max_identifiers, the weakest of all
//          that hold the two full clusters together.
// takes:   members: LIST OF Identifier; links: LIST OF MAP; taken, overused: LIST OF INTEGER;
//          refusal: MAP of LINK, a number, and REASON, or null
// gives:   won: the number of the link, or null; limited: Namespace of max_per_profile, or null;
//          sides: LIST OF LIST OF Identifier, the two clusters as they stood
CALL (members, links, taken, overused, refusal) {
  // The clusters as they stood: by the links that are stronger than the refused one.
  CALL (members, links, taken, refusal) {
    WITH
      members, links[refusal.link] AS link,
      [n IN taken WHERE n < refusal.link | links[n].evidence[0]] AS before
    UNWIND [link.a, link.b] AS end
    WITH end, members[end] AS from, before
    MATCH (from)(()-[step:SEEN_WITH WHERE step IN before]-())*(met:Identifier)
    RETURN collect({end: end, met: met, steps: step}) AS ways
  }
  CALL (ways) {
    OPTIONAL MATCH (n:Namespace)
    WHERE size([way IN ways WHERE way.met.namespace = n.name]) > n.max_per_profile
    RETURN n AS limited
    ORDER BY n.name
    LIMIT 1
  }
  CALL (ways, limited, overused, refusal) {
    UNWIND ways AS way
    WITH way, limited, overused, refusal
    WHERE CASE refusal.reason
      WHEN 'max_per_profile' THEN way.met.namespace = limited.name
      WHEN 'device_joins' THEN way.end IN overused
        AND EXISTS { MATCH (n:Namespace {name: way.met.namespace}) WHERE n.kind = 'person' }
      ELSE refusal.reason = 'max_identifiers'
    END
    WITH way, refusal
    ORDER BY size(way.steps), way.met.key
    WITH way.end AS end, collect(way.steps) AS steps, refusal
    RETURN collect(CASE refusal.reason WHEN 'max_identifiers' THEN steps ELSE steps[..1] END) AS ends
  }
  CALL (ends, links, taken) {
    UNWIND ends AS nearest
    UNWIND nearest AS steps
    UNWIND steps AS step
    RETURN max(head([n IN taken WHERE links[n].evidence[0] = step])) AS won
  }
  RETURN
    won,
    CASE refusal.reason WHEN 'max_per_profile' THEN limited END AS limited,
    [end IN [links[refusal.link].a, links[refusal.link].b] |
      [way IN ways WHERE way.end = end | way.met]] AS sides
}
