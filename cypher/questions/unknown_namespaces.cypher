// purpose:    Which namespaces are sent that no rule knew when they came? Their identifiers are
//             kept, and link nobody until the rules file declares them.
// mode:       read
// params:     since: ZONED DATETIME = null
// returns:    namespace: STRING, source: STRING, events: INTEGER, first_at: ZONED DATETIME, last_at: ZONED DATETIME, identifiers: INTEGER, examples: LIST OF STRING
// locks:      none
// cost:       O(events since, and the identifiers of these namespaces)
// idempotent: yes
// public:     yes
MATCH (e:Event)
WHERE e.at >= coalesce($since, datetime('0001-01-01T00:00:00Z'))
  AND e.unknown_namespaces IS NOT NULL
UNWIND e.unknown_namespaces AS namespace
WITH
  namespace,
  e.source AS source,
  count(*) AS events,
  min(e.at) AS first_at,
  max(e.at) AS last_at
RETURN
  namespace,
  source,
  events,
  first_at,
  last_at,
  COUNT { MATCH (i:Identifier {namespace: namespace}) } AS identifiers,
  COLLECT { MATCH (i:Identifier {namespace: namespace}) RETURN i.key LIMIT 3 } AS examples
ORDER BY events DESC, namespace, source
