// purpose:    How many orders, of how many people, and for how much does each source bring? An
//             order that was sent twice, to one source or to several, counts once: for the first.
// mode:       read
// params:     names: LIST OF STRING = ['Order Completed'], since: ZONED DATETIME = null
// returns:    source: STRING, currency: STRING, orders: INTEGER, people: INTEGER, revenue: FLOAT, average: FLOAT, last_at: ZONED DATETIME
// locks:      none
// cost:       O(events of these names)
// idempotent: yes
// public:     yes
MATCH (e:Event)
WHERE e.name IN $names AND e.at >= coalesce($since, datetime('0001-01-01T00:00:00Z'))
WITH e
ORDER BY e.at, e.message_id
WITH toStringOrNull(e.order_id) AS order_id, e
WITH coalesce('order ' + order_id, 'message ' + e.message_id) AS sale, head(collect(e)) AS e
OPTIONAL MATCH (:Identifier {key: e.by})-[:IDENTIFIES]->(p:Profile)
WITH e, p, toFloatOrNull(coalesce(e.revenue, e.total, e.value)) AS amount
RETURN
  e.source AS source,
  e.currency AS currency,
  count(*) AS orders,
  count(DISTINCT p) AS people,
  round(sum(amount), 2) AS revenue,
  round(avg(amount), 2) AS average,
  max(e.at) AS last_at
ORDER BY revenue DESC, source, currency
