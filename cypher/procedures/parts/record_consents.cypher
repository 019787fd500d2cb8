// purpose: Keep each yes and each no to a purpose, per identifier and source, with the first and
//          the last time it was said. The one said last holds.
// takes:   $consents: LIST OF MAP
// gives:   nothing
CALL () {
  UNWIND $consents AS row
  MATCH (i)
  WHERE elementId(i) = row.node
  CALL (i, row) {
    OPTIONAL MATCH (i)-[:GAVE]->(c:Consent)
    WHERE c.source = row.source
    WITH collect(c) AS known
    UNWIND row.said AS said
    WITH
      head([c IN known WHERE c.purpose = said.purpose AND c.granted = said.granted]) AS c,
      said,
      datetime.fromepoch(said.first_at[0], said.first_at[1]) AS first_at,
      datetime.fromepoch(said.at[0], said.at[1]) AS at
    FOREACH (_ IN CASE WHEN c IS NULL THEN [1] ELSE [] END |
      CREATE (i)-[:GAVE]->(:Consent {
        source: row.source, purpose: said.purpose, granted: said.granted,
        legal_basis: said.legal_basis, first_at: first_at, at: at
      })
    )
    WITH c, said, first_at, at
    WHERE c IS NOT NULL
    SET
      c.first_at = CASE WHEN first_at < c.first_at THEN first_at ELSE c.first_at END,
      c.legal_basis = CASE WHEN at > c.at THEN said.legal_basis ELSE c.legal_basis END,
      c.at = CASE WHEN at > c.at THEN at ELSE c.at END
  }
}
