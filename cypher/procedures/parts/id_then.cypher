// purpose: Say which profile id an identifier had at a time: what it was until the first change
//          after that; today's, where there is none.
// takes:   i: Identifier; moment: ZONED DATETIME, in UTC
// gives:   id_then: STRING
CALL (i, moment) {
  MATCH (i)-[:IDENTIFIES]->(p:Profile)
  OPTIONAL MATCH (i)<-[concerns:CONCERNS]-(c:Change)
  WHERE c.at > moment
  WITH p, concerns, c
  ORDER BY c.at
  // Changes that only concern a link have no id, and are not collected.
  WITH p, head(collect(concerns.was)) AS was
  RETURN coalesce(was, p.id) AS id_then
}
