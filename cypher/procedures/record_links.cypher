// purpose:    Add what new events are evidence for: how often, when first and last, and from which
//             sources each pair of identifiers was seen together. Says which pairs are new.
// mode:       write
// params:     links: LIST OF MAP
// returns:    a: STRING, b: STRING, is_new: BOOLEAN
// locks:      none beyond the identifiers, which the transaction holds
// cost:       O(links)
// idempotent: no; only for events that claim_events just returned
UNWIND $links AS row
MATCH (a:Identifier {key: row.a})
MATCH (b:Identifier {key: row.b})
MERGE (a)-[s:SEEN_WITH {kind: row.kind}]->(b)
ON CREATE SET
  s.first_seen = row.first_seen,
  s.last_seen = row.last_seen,
  s.count = 0,
  s.sources = []
WITH s, row, s.count = 0 AS is_new
SET
  s.first_seen = CASE WHEN row.first_seen < s.first_seen THEN row.first_seen ELSE s.first_seen END,
  s.last_seen = CASE WHEN row.last_seen > s.last_seen THEN row.last_seen ELSE s.last_seen END,
  s.count = s.count + row.count,
  s.sources = s.sources + [source IN row.sources WHERE NOT source IN s.sources]
RETURN row.a AS a, row.b AS b, is_new
