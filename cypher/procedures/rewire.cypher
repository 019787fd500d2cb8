// purpose:    Bring profiles in line with a decision: identifiers leave their profile (moved),
//             profiles that nobody is left in go (retired), others take the id that is now theirs
//             (renamed), and identifiers join (joined). Then mark what is shared and contested, and
//             which links are refused and why.
// mode:       write
// params:     moved: LIST OF STRING, retired: LIST OF STRING, renamed: LIST OF MAP, joined: LIST OF MAP, contested: LIST OF MAP, shared: LIST OF STRING, refusals: LIST OF MAP
// returns:    nothing
// locks:      the profiles; the identifiers, which the transaction holds
// cost:       O(identifiers moved and links marked)
// idempotent: no; the decision is made in the same transaction
// plan:       once
WITH
  $moved AS moved,
  $retired AS retired,
  $renamed AS renamed,
  $joined AS joined,
  $contested AS contested
// include: rewire
CALL () {
  UNWIND $shared AS key
  MATCH (i:Identifier {key: key})
  USING INDEX SEEK i:Identifier(key)
  SET i.shared = true
}
CALL () {
  UNWIND $refusals AS row
  MATCH (a:Identifier {key: row.a})-[s:SEEN_WITH]->(b:Identifier {key: row.b})
  USING INDEX SEEK a:Identifier(key)
  USING INDEX SEEK b:Identifier(key)
  SET s.refused = row.reason
}
FINISH
