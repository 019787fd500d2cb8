// purpose:    Keep each yes and each no to a purpose, per identifier and source, with the first and
//             the last time it was said. The one said last holds.
// mode:       write
// params:     consents: LIST OF MAP
// returns:    nothing
// locks:      none beyond the identifiers, which the transaction holds
// cost:       O(consents × consents of their identifiers)
// idempotent: yes; times only widen
// plan:       once
UNWIND $consents AS row
WITH row, datetime.fromepoch(row.first_at[0], row.first_at[1]) AS first_at, datetime.fromepoch(row.at[0], row.at[1]) AS at
MATCH (i:Identifier {key: row.identifier})
MERGE (i)-[:GAVE]->(c:Consent {purpose: row.purpose, source: row.source, granted: row.granted})
ON CREATE SET c.first_at = first_at, c.at = at, c.legal_basis = row.legal_basis
SET c.first_at = CASE WHEN first_at < c.first_at THEN first_at ELSE c.first_at END
WITH c, row, at
WHERE at > c.at
SET c.at = at, c.legal_basis = row.legal_basis
