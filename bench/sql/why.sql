-- A shortest chain of events by which one identifier leads to another. It is worked out from the
-- events of the whole person; which links a rule refused, and what a person said by hand, is not
-- in there.
WITH RECURSIVE pairs AS MATERIALIZED (
  SELECT DISTINCT ON (one, other) one, other, e.message_id, e.source, e.at
  FROM identifiers AS named
  JOIN identifiers AS i ON i.person = named.person
  JOIN events AS e ON e.owner = i.key
  CROSS JOIN LATERAL unnest(e.owner || e.names) AS one
  CROSS JOIN LATERAL unnest(e.owner || e.names) AS other
  WHERE named.key = %(key)s AND one <> other
  ORDER BY one, other, e.at
), ways AS (
  SELECT ARRAY[%(key)s::text] AS keys, ARRAY[]::text[] AS message_ids
  UNION ALL
  SELECT w.keys || p.other, w.message_ids || p.message_id
  FROM ways AS w
  JOIN pairs AS p ON p.one = w.keys[cardinality(w.keys)]
  WHERE p.other <> ALL (w.keys) AND w.keys[cardinality(w.keys)] <> %(other)s
)
SELECT keys, message_ids
FROM ways
WHERE keys[cardinality(keys)] = %(other)s
-- The shortest ways come first, and no more are worked out than are asked for.
LIMIT 1
