// purpose:    Keep how far the profiles have been brought in line with the rules; done when after is
//             null. Rules that are not the ones that hold now are passed over.
// mode:       write
// params:     checksum: STRING, after: STRING
// returns:    nothing
// locks:      the one Rules node
// cost:       O(1)
// idempotent: yes
MATCH (r:Rules {name: 'rules'})
WHERE r.checksum = $checksum
SET
  r.in_line_up_to = $after,
  r.in_line_with = CASE WHEN $after IS NULL THEN $checksum ELSE r.in_line_with END
