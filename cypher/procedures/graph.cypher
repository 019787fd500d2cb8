// purpose:    The graph of one person: its identifiers, and every link that one of them has, with
//             its evidence and what keeps it from counting; and who was separated from whom. By any
//             identifier (namespace:value) or any id of the profile. The links within the profile
//             come first, then those that lead out, those seen last first; `more_links` says how
//             many are left off.
// mode:       read
// params:     identifier: STRING, most_links: INTEGER = 1000
// returns:    profile_id: STRING, identifiers: LIST OF MAP, links: LIST OF MAP, more_links: INTEGER, separations: LIST OF MAP
// locks:      none
// cost:       O(identifiers and links of the profile)
// idempotent: yes
// public:     yes
// plan:       once
WITH $identifier AS wanted
// include: identifier_or_id
MATCH (named)-[:IDENTIFIES]->(p:Profile)
MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
WITH p, i
ORDER BY i.key
WITH p, collect(i) AS members
CALL (members) {
  UNWIND members AS i
  MATCH (i)-[s:SEEN_WITH]-(:Identifier)
  WITH DISTINCT s, members
  WITH
    startNode(s) AS one, endNode(s) AS other, members,
    collect(s) AS evidence, max(s.last_seen) AS last_seen
  ORDER BY one IN members AND other IN members DESC, last_seen DESC, one.key, other.key
  RETURN collect({one: one, other: other, evidence: evidence}) AS found
}
CALL (found) {
  WITH found[..$most_links] AS wanted
  // include: tell_links
  RETURN told AS links
}
CALL (members) {
  UNWIND members AS i
  MATCH (i)-[apart:SEPARATED_FROM]-(:Identifier)
  WITH DISTINCT apart
  // include: tell_separation
  WITH separation
  ORDER BY separation.at, separation.one, separation.other
  RETURN collect(separation) AS separations
}
RETURN
  p.id AS profile_id,
  [i IN members | i {.key, .namespace, .value, .shared, .first_seen, .last_seen}] AS identifiers,
  links,
  size(found) - size(links) AS more_links,
  separations
