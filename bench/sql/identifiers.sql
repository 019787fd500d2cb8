-- A person's identifiers, by one of them.
SELECT i.key, i.namespace, i.value, i.first_seen, i.last_seen
FROM identifiers AS named
JOIN identifiers AS i ON i.person = named.person
WHERE named.key = %(key)s
ORDER BY i.first_seen, i.key
