// purpose:    Say which rules hold, how far profiles have been brought in line with them, and how
//             many profiles there are.
// mode:       read
// params:     none
// returns:    checksum: STRING, in_line_up_to: STRING, profiles: INTEGER
// locks:      none
// cost:       O(1)
// idempotent: yes
OPTIONAL MATCH (r:Rules {name: 'rules'})
RETURN
  r.checksum AS checksum,
  r.in_line_up_to AS in_line_up_to,
  COUNT { MATCH (:Profile) } AS profiles
