// purpose: Everything that the rule wants to know of an identifier, and how the graph has it now.
// takes:   i: Identifier; is_shared: BOOLEAN, whether its links need not be told
// gives:   member: MAP
CALL (i, is_shared) {
  MATCH (i)-[:IDENTIFIES]->(p:Profile)
  RETURN {
    key: i.key,
    born_as: i.born_as,
    stored_at: [i.stored_at.epochSeconds, i.stored_at.nanosecond],
    shared: is_shared,
    marked_shared: i.shared,
    profile_id: p.id,
    contested: p.contested,
    links: CASE WHEN is_shared THEN [] ELSE COLLECT {
      MATCH (i)-[s:SEEN_WITH]-(other:Identifier)
      RETURN [
        other.key, other.shared, s.kind, s.refused,
        [s.first_seen.epochSeconds, s.first_seen.nanosecond],
        [s.last_seen.epochSeconds, s.last_seen.nanosecond]
      ]
    } END,
    separated: [(i)-[:SEPARATED_FROM]-(other:Identifier) | other.key]
  } AS member
}
