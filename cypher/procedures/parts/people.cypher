// purpose: The people of whom somebody asks: those whose profiles have these ids, or everybody.
// takes:   $profiles: LIST OF STRING, or null for everybody
// gives:   p: Profile, one a row
CALL () {
  UNWIND $profiles AS id
  MATCH (p:Profile {id: id})
  USING INDEX SEEK p:Profile(id)
  RETURN p
  UNION ALL
  UNWIND CASE WHEN $profiles IS NULL THEN [''] ELSE [] END AS least
  MATCH (p:Profile)
  USING INDEX SEEK p:Profile(id)
  WHERE p.id > least
  RETURN p
}
