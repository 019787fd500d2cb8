// purpose:    Keep the rules that the service decides by, so that procedures decide by the same
//             ones; say whether the graph is in line with them. An empty graph always is.
// mode:       write
// params:     rules: MAP, namespaces: LIST OF MAP
// returns:    in_line: BOOLEAN
// locks:      the one Rules node
// cost:       O(namespaces)
// idempotent: yes
MERGE (r:Rules {name: 'rules'})
// How far other rules had got says nothing about these.
SET r.in_line_up_to = CASE WHEN r.checksum = $rules.checksum THEN r.in_line_up_to END
SET r += $rules
SET r.in_line_with = CASE
  WHEN EXISTS { MATCH (:Identifier) } THEN r.in_line_with
  ELSE r.checksum
END
WITH r
CALL () {
  MATCH (n:Namespace)
  WHERE NOT n.name IN [row IN $namespaces | row.name]
  DELETE n
}
CALL () {
  UNWIND $namespaces AS row
  MERGE (n:Namespace {name: row.name})
  SET n = row
}
RETURN coalesce(r.in_line_with = r.checksum, false) AS in_line
