// purpose:    The evidence about the next profiles, by their ids, and how the graph has them now.
// mode:       read
// params:     after: STRING, size: INTEGER, unique: LIST OF STRING, shared_after: INTEGER
// returns:    last: STRING, profiles: INTEGER, members: LIST OF MAP
// locks:      none
// cost:       O(identifiers and links of the profiles)
// idempotent: yes
CALL () {
  MATCH (p:Profile)
  WHERE p.id > $after
  WITH p
  ORDER BY p.id
  LIMIT $size
  RETURN collect(p) AS page
}
CALL (page) {
  UNWIND page AS p
  // include: survey
  RETURN members
}
RETURN page[-1].id AS last, size(page) AS profiles, members
