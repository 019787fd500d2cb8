// purpose: Add what new events are evidence for: how often, when first and last, and from which
//          sources each pair of identifiers was seen together.
// takes:   $links: LIST OF MAP; only what events say that this transaction stored
// gives:   new: LIST OF LIST OF STRING, the pairs that were never seen together before
CALL () {
  UNWIND $links AS row
  WITH
    row,
    datetime.fromepoch(row.first_seen[0], row.first_seen[1]) AS first_seen,
    datetime.fromepoch(row.last_seen[0], row.last_seen[1]) AS last_seen
  MATCH (a)
  WHERE elementId(a) = row.a_node
  MATCH (b)
  WHERE elementId(b) = row.b_node
  MERGE (a)-[s:SEEN_WITH {kind: row.kind}]->(b)
  ON CREATE SET
    s.first_seen = first_seen,
    s.last_seen = last_seen,
    s.count = 0,
    s.sources = []
  WITH s, row, first_seen, last_seen, s.count = 0 AS is_new
  SET
    s.first_seen = CASE WHEN first_seen < s.first_seen THEN first_seen ELSE s.first_seen END,
    s.last_seen = CASE WHEN last_seen > s.last_seen THEN last_seen ELSE s.last_seen END,
    s.count = s.count + row.count,
    s.sources = s.sources + [source IN row.sources WHERE NOT source IN s.sources]
  RETURN collect(CASE WHEN is_new THEN [row.a, row.b] END) AS new
}
