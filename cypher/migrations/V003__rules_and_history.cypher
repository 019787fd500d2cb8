// The rules as the service has them, so that procedures decide by the same ones.
CREATE CONSTRAINT rules_name IF NOT EXISTS
FOR (r:Rules) REQUIRE r.name IS UNIQUE;

CREATE CONSTRAINT namespace_name IF NOT EXISTS
FOR (n:Namespace) REQUIRE n.name IS UNIQUE;

// Who was in a profile once, by the id that they had.
CREATE INDEX concerned_was IF NOT EXISTS
FOR ()-[c:CONCERNS]-() ON (c.was);

// What was decided last.
CREATE INDEX change_at IF NOT EXISTS
FOR (c:Change) ON (c.at, c.id);
