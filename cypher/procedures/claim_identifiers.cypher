// purpose:    Claim what new events name, where claim left that out.
// mode:       write
// params:     identifiers: LIST OF MAP
// returns:    keys: LIST OF STRING, nodes: LIST OF STRING, new: LIST OF STRING,
//             shared: LIST OF STRING, contested: LIST OF STRING
// locks:      each identifier, in the order given: sort by key
// cost:       O(identifiers)
// idempotent: yes, but for the times seen, which only widen
// plan:       once
WITH $identifiers AS identifiers
// include: claim_identifiers
RETURN keys, nodes, new, shared, contested
