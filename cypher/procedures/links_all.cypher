// purpose:    Every pair of identifiers that were seen together, whatever came of it.
// mode:       batch
// params:     none
// returns:    a: STRING, b: STRING
// locks:      none
// cost:       O(links of the graph)
// idempotent: yes
MATCH (a:Identifier)-[:SEEN_WITH]->(b:Identifier)
RETURN DISTINCT a.key AS a, b.key AS b
