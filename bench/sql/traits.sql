-- A person's traits; of each the value said last comes first.
SELECT t.name, t.value, t.source, t.at, t.identifier
FROM identifiers AS named
JOIN identifiers AS i ON i.person = named.person
JOIN traits AS t ON t.identifier = i.key
WHERE named.key = %(key)s
ORDER BY t.name, t.at DESC, t.source, t.identifier
