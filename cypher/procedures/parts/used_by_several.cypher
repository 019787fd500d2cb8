// purpose: Whether several people used a device or cookie: it is shared, or was seen with
//          identifiers of two profiles. Reads no further than the second.
// takes:   d, people
// gives:   several
CALL (d, people) {
  UNWIND CASE WHEN d.shared THEN [] ELSE [d] END AS unshared
  // Without its label: so the planner starts here, and not from all identifiers of a namespace.
  MATCH (unshared)-[:SEEN_WITH]-(user {shared: false})-[:IDENTIFIES]->(person)
  WHERE user.namespace IN people
  WITH DISTINCT person
  LIMIT 2
  WITH count(person) AS persons
  RETURN d.shared OR persons > 1 AS several
}
