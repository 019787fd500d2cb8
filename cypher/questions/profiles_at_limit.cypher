// purpose:    Which profiles hold as many identifiers as a profile may, or as many values of a
//             namespace as one person may, so that one more is refused? How many links are refused
//             for it already? Namespaces of which a person has only one are left out: to have it is
//             no limit to speak of.
// mode:       read
// params:     limit: INTEGER = 100
// returns:    profile_id: STRING, limited_by: STRING, namespace: STRING, most: INTEGER, held: INTEGER, refused_links: INTEGER
// locks:      none
// cost:       O(identifiers, and the links of profiles at a limit)
// idempotent: yes
// public:     yes
MATCH (p:Profile)
WITH p, COUNT { (p)<-[:IDENTIFIES]-() } AS held
WHERE held > 1
CALL (p, held) {
  MATCH (r:Rules {name: 'rules'})
  WHERE held >= r.max_identifiers
  RETURN 'max_identifiers' AS limited_by, null AS namespace, r.max_identifiers AS most, held AS there
  UNION
  MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
  WITH i.namespace AS name, count(*) AS there
  MATCH (n:Namespace {name: name})
  WHERE n.max_per_profile > 1 AND there >= n.max_per_profile
  RETURN 'max_per_profile' AS limited_by, name AS namespace, n.max_per_profile AS most, there
}
RETURN
  p.id AS profile_id,
  limited_by,
  namespace,
  most,
  there AS held,
  COUNT {
    MATCH (p)<-[:IDENTIFIES]-(i:Identifier)-[s:SEEN_WITH]-(other:Identifier)
    WHERE s.refused = limited_by
    RETURN DISTINCT s
  } AS refused_links
ORDER BY refused_links DESC, held DESC, profile_id, namespace
LIMIT $limit
