// purpose:    Count again whether these identifiers are shared, and give those who were and are no
//             longer, with all whom they were seen with: their links count again.
// mode:       write
// params:     keys: LIST OF STRING
// returns:    freed: LIST OF STRING
// locks:      the identifiers, in the order given: sort by key
// cost:       O(links of the identifiers)
// idempotent: yes
// plan:       once
UNWIND $keys AS key
MATCH (i:Identifier {key: key})
USING INDEX SEEK i:Identifier(key)
REMOVE i.locked
WITH i, '' AS without
// include: recount
WITH i, is_shared
WHERE i.shared AND NOT is_shared
SET i.shared = false
WITH i
MATCH (i)-[:SEEN_WITH]-(other:Identifier)
RETURN collect(DISTINCT other.key) AS freed
