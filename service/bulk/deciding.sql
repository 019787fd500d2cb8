-- What the decision is made from: the links that count, between the numbers of identifiers.
CREATE TABLE evidence AS
SELECT
  one.node AS a, other.node AS b, one.strength AS a_strength, other.strength AS b_strength,
  min(kind) AS kind, min(links.first_seen) AS first_seen, max(links.last_seen) AS last_seen
FROM links
ANTI JOIN shared ON links.a = shared.id
ANTI JOIN shared AS other_shared ON links.b = other_shared.id
JOIN identifiers AS one ON links.a = one.id
JOIN identifiers AS other ON links.b = other.id
WHERE
  one.strength <> getvariable('none_strength') AND other.strength <> getvariable('none_strength')
GROUP BY ALL;
