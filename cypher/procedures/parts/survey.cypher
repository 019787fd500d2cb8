// purpose: The evidence about everything in some profiles, without locks, where the rules may be
//          other ones than those that hold: who is shared is counted again.
// takes:   p: Profile, in rows; $unique: LIST OF STRING, namespaces; $shared_after: INTEGER
// gives:   members: LIST OF MAP
MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
CALL (i) {
  // Only of an identifier that is marked are there too many links to look at each.
  WITH i
  WHERE i.shared
  MATCH (i)-[:SEEN_WITH]-(other)
  WHERE other.namespace IN $unique
  WITH other.namespace AS namespace, count(DISTINCT other) AS values
  RETURN coalesce(max(values), 0) >= $shared_after AS is_shared
  UNION
  WITH i
  WHERE NOT i.shared
  RETURN false AS is_shared
}
// include: evidence
WITH collect(member) AS members
