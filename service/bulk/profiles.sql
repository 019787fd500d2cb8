-- Given: decided (node, profile), for all identifiers; contested (profile); refused (a, b, reason),
-- between the numbers of identifiers; born (node, born_as).
CREATE TABLE profiles AS
SELECT
  profile, min(born_as) AS id, min_by(node, born_as) AS bearer,
  contested.profile IS NOT NULL AS is_contested
FROM decided
JOIN born USING (node)
LEFT JOIN contested USING (profile)
GROUP BY ALL;

-- A link that is refused now was not there before, so each is a change. Its cause is, of the
-- messages that brought the pair, the one with the greatest id.
CREATE TABLE changes AS
WITH pair AS (
  SELECT one.id AS a, other.id AS b, reason, one.node AS a_node, other.node AS b_node
  FROM refused
  JOIN identifiers AS one ON refused.a = one.node
  JOIN identifiers AS other ON refused.b = other.node
),
cause AS (
  SELECT a, b, max(message_id) AS message_id
  FROM pairs SEMI JOIN pair USING (a, b) JOIN messages USING (seq)
  GROUP BY a, b
)
SELECT
  row_number() OVER () AS node, pair.*, message_id, uuidv7()::VARCHAR AS id,
  list_sort(list_distinct([one.id, other.id])) AS profiles,
  list_distinct([one.bearer, other.bearer]) AS bearers
FROM pair
JOIN cause USING (a, b)
JOIN decided AS a_decided ON a_node = a_decided.node
JOIN decided AS b_decided ON b_node = b_decided.node
JOIN profiles AS one ON a_decided.profile = one.profile
JOIN profiles AS other ON b_decided.profile = other.profile;
