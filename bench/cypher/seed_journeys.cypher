// What these people did with their cookies, as the service would have written it: visits of two
// touchpoints, one after the other in $minutes. `bench/seeding.py` holds one of them against one
// that the service wrote.
MATCH (s:Source {id: $source})
UNWIND range($first, $last) AS n
CALL (n, s) {
  MATCH (c:Identifier {key: 'anonymous_id:s' + n})
  WITH n, s, c, datetime($since) + duration({seconds: n % 3600}) AS begin
  UNWIND range(0, $touchpoints - 1) AS turn
  WITH n, s, c, turn, begin + duration({minutes: turn / 2 * $minutes + turn % 2 * 10}) AS at
  CREATE (e:Event)
  SET
    e = $events[(n * 2 + turn) % size($events)],
    e.message_id = 's' + n + '-' + turn,
    e.by = c.key,
    e.at = at,
    e.received_at = datetime('2026-06-02T00:00:00Z')
  CREATE (e)-[:FROM]->(s), (e)-[:BY]->(c)
  WITH c, max(at) AS last, min(at) AS earliest
  SET
    c.last_seen = CASE WHEN last > c.last_seen THEN last ELSE c.last_seen END,
    c.first_seen = CASE WHEN earliest < c.first_seen THEN earliest ELSE c.first_seen END
} IN TRANSACTIONS OF 200 ROWS
FINISH
