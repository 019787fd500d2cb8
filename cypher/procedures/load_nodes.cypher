// purpose:    Every node of a graph without messages, with each property as its type and as text:
//             a driver would cut the nanoseconds off a time.
// mode:       batch
// params:     none
// returns:    id: STRING, labels: LIST OF STRING, properties: LIST OF MAP
// locks:      none
// cost:       O(nodes)
// idempotent: yes
MATCH (n)
RETURN
  elementId(n) AS id,
  labels(n) AS labels,
  [name IN keys(n) | {
    name: name,
    type: valueType(n[name]),
    text: toStringOrNull(n[name]),
    items: CASE WHEN valueType(n[name]) STARTS WITH 'LIST' THEN toStringList(n[name]) END
  }] AS properties
