// purpose: The devices and cookies that several people used, of a profile's own and of those that
//          its person was seen with.
// takes:   keys (of the profile's identifiers), people, things
// gives:   used
CALL (keys, people, things) {
  UNWIND keys AS key
  MATCH (i:Identifier {key: key})
  USING INDEX SEEK i:Identifier(key)
  CALL (i, people) {
    RETURN i AS d
    UNION
    UNWIND CASE WHEN i.namespace IN people THEN [i] ELSE [] END AS person
    MATCH (person)-[:SEEN_WITH|NAMED_WITH]-(d)
    RETURN d
  }
  WITH DISTINCT d, people, things
  WHERE d.namespace IN things
  // include: used_by_several
  WITH d
  WHERE several
  RETURN collect(d) AS used
}
