-- Everything that there is.
TRUNCATE events, traits, identifiers, persons, sources RESTART IDENTITY
