// purpose: Say whether an identifier is shared: seen with shared_after values of one unique
//          namespace.
// takes:   i: Identifier, without: the change whose link does not count, or ''
// gives:   is_shared: BOOLEAN
CALL (i, without) {
  MATCH (r:Rules {name: 'rules'})
  OPTIONAL MATCH (i)-[s:SEEN_WITH]-(other:Identifier)
  WHERE coalesce(s.change_id <> without, true)
    AND EXISTS { MATCH (n:Namespace {name: other.namespace}) WHERE n.max_per_profile = 1 }
  WITH r, other.namespace AS namespace, count(DISTINCT other) AS values
  RETURN max(values >= r.shared_after) AS is_shared
}
