// All evidence of messages, as it was added up.
MATCH (a:Identifier)-[s:SEEN_WITH]->(b:Identifier)
WHERE s.kind <> 'manual'
RETURN a.key AS a, b.key AS b, s.kind AS kind, s.first_seen AS first, s.last_seen AS last,
  s.count AS count, s.sources AS sources
