// Every identifier and link, into the memory of Graph Data Science.
CALL gds.graph.project('links', 'Identifier', {SEEN_WITH: {orientation: 'UNDIRECTED'}})
  YIELD nodeCount
RETURN nodeCount AS identifiers
