// purpose: Everything that can have a say in which profile these identifiers are in: whoever is
//          reached by links that count, and whoever is in a profile on the way.
// takes:   seeds: LIST OF Identifier
// gives:   members: LIST OF Identifier, by key
CALL (seeds) {
  CALL () {
    MATCH (n:Namespace)
    WHERE n.kind <> 'none'
    RETURN collect(n.name) AS linking
  }
  UNWIND seeds AS seed
  MATCH (seed)
    ((a)-[step:SEEN_WITH|IDENTIFIES]-(b)
      WHERE type(step) = 'IDENTIFIES'
        OR (NOT a.shared AND NOT b.shared AND a.namespace IN linking AND b.namespace IN linking)
    )*
    (i:Identifier)
  WITH DISTINCT i
  ORDER BY i.key
  RETURN collect(i) AS members
}
