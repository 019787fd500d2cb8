// purpose:    Keep each yes and each no to a purpose, per identifier and source, with the first and
//             the last time it was said. The one said last holds.
// mode:       write
// params:     consents: LIST OF MAP
// returns:    nothing
// locks:      none beyond the identifiers, which the transaction holds
// cost:       O(consents × consents of their identifiers)
// idempotent: yes; times only widen
UNWIND $consents AS row
MATCH (i:Identifier {key: row.identifier})
MERGE (i)-[:GAVE]->(c:Consent {purpose: row.purpose, source: row.source, granted: row.granted})
ON CREATE SET c.first_at = row.first_at, c.at = row.at, c.legal_basis = row.legal_basis
SET c.first_at = CASE WHEN row.first_at < c.first_at THEN row.first_at ELSE c.first_at END
WITH c, row
WHERE row.at > c.at
SET c.at = row.at, c.legal_basis = row.legal_basis
