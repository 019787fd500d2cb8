-- The people of seed_people.cypher: an identify message each, with a user id, an e-mail address and
-- a cookie. The numbers of persons that messages bring are positive, those of these are not.
WITH numbers AS (
  SELECT n FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
), born AS (
  INSERT INTO persons (id) OVERRIDING SYSTEM VALUE SELECT -n FROM numbers
), happened AS (
  INSERT INTO events
  SELECT
    's' || n, 'identify', NULL, timestamptz '2026-06-01T12:00:00Z',
    timestamptz '2026-06-02T00:00:00Z', %(source)s::text, %(channel)s::text, 'user_id:s' || n,
    ARRAY['email:s' || n || '@example.com', 'anonymous_id:s' || n], '{}'
  FROM numbers
)
INSERT INTO identifiers
SELECT
  namespace || ':' || value, namespace, value, -n,
  timestamptz '2026-06-01T12:00:00Z', timestamptz '2026-06-01T12:00:00Z'
FROM numbers
CROSS JOIN LATERAL (
  VALUES ('user_id', 's' || n), ('email', 's' || n || '@example.com'), ('anonymous_id', 's' || n)
) AS of_one (namespace, value)
