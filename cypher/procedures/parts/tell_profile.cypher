// purpose: Everything that is known of people, without what they did.
// takes:   p: Profile, one a row
// gives:   the columns of `profile`, a row each, in no order
MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
WITH p, i
ORDER BY i.first_seen, i.key
WITH p, collect(i) AS members, min(i.first_seen) AS first_seen, max(i.last_seen) AS last_seen
RETURN
  p.id AS id,
  [i IN members WHERE i.born_as <> p.id | i.born_as] AS former_ids,
  first_seen,
  last_seen,
  [i IN members | {
    key: i.key, namespace: i.namespace, value: i.value, first_seen: i.first_seen,
    last_seen: i.last_seen, shared: i.shared,
    device: head([(i)-[:ON]->(d:Device) | d.id]),
    account: head([(i)-[:OF]->(a:Account) | a.key])
  }] AS identifiers,
  COLLECT {
    WITH members AS holders
    // include: ranked_traits
    RETURN said {.*, identifier: holder.key}
  } AS traits,
  COLLECT {
    UNWIND members AS i
    MATCH (i)-[:ON]->(d:Device)
    WITH DISTINCT d
    RETURN d {.*}
    ORDER BY d.id
  } AS devices,
  COLLECT {
    UNWIND members AS i
    MATCH (i)-[:OF|MEMBER_OF]->(a:Account)
    WITH DISTINCT a
    RETURN a {.*, traits: COLLECT {
      WITH [a] AS holders
      // include: ranked_traits
      RETURN said
    }}
    ORDER BY a.key
  } AS accounts,
  COLLECT {
    UNWIND members AS i
    MATCH (i)-[:GAVE]->(c:Consent)
    RETURN {
      purpose: c.purpose, granted: c.granted, source: c.source, legal_basis: c.legal_basis,
      first_at: c.first_at, at: c.at, identifier: i.key
    }
    ORDER BY c.purpose, c.at DESC
  } AS consents
