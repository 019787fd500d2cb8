-- The last that a person did. Each identifier gives its own last ones, from the index.
SELECT e.message_id, e.type, e.name, e.at, e.channel, e.source, e.owner, e.properties
FROM identifiers AS named
JOIN identifiers AS i ON i.person = named.person
CROSS JOIN LATERAL (
  SELECT *
  FROM events
  WHERE owner = i.key
  ORDER BY at DESC, message_id DESC
  LIMIT %(first)s
) AS e
WHERE named.key = %(key)s
ORDER BY e.at DESC, e.message_id DESC
LIMIT %(first)s
