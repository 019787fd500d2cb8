-- All that a person did, in the order of time.
SELECT e.message_id, e.type, e.name, e.at, e.channel, e.source, e.owner, e.properties
FROM identifiers AS named
JOIN identifiers AS i ON i.person = named.person
JOIN events AS e ON e.owner = i.key
WHERE named.key = %(key)s
ORDER BY e.at, e.message_id
