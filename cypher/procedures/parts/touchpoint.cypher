// purpose: What a touchpoint shows beside its event.
// takes:   e, strange (the key of an identifier that is to be read with it, or null), $parts
// gives:   d: its Device, s: its Source, owner: that identifier as a map, or null
// include: touchpoint_parts
OPTIONAL MATCH (i:Identifier {key: strange})
USING INDEX SEEK i:Identifier(key)
WITH *, i {
  .namespace, .value, .first_seen, .last_seen, .shared,
  device: head([(i)-[:ON]->(on:Device) | properties(on)]),
  account: head([(i)-[:OF]->(a:Account) | a {.*, traits: COLLECT {
    WITH [a] AS holders
    // include: ranked_traits
    RETURN said
  }}])
} AS owner
