// purpose:    Every relationship of a graph without messages, as load_nodes gives its nodes.
// mode:       batch
// params:     none
// returns:    start: STRING, end: STRING, type: STRING, properties: LIST OF MAP
// locks:      none
// cost:       O(relationships)
// idempotent: yes
MATCH (n)-[r]->(m)
RETURN
  elementId(n) AS start,
  elementId(m) AS end,
  type(r) AS type,
  [name IN keys(r) | {
    name: name,
    type: valueType(r[name]),
    text: toStringOrNull(r[name]),
    items: CASE WHEN valueType(r[name]) STARTS WITH 'LIST' THEN toStringList(r[name]) END
  }] AS properties
