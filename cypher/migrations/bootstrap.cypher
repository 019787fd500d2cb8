// Run before the chain of migrations is read, every time: what the chain and its lock stand on.
CREATE CONSTRAINT migration_version IF NOT EXISTS
FOR (m:Migration) REQUIRE m.version IS UNIQUE;

CREATE CONSTRAINT migration_lock_name IF NOT EXISTS
FOR (l:MigrationLock) REQUIRE l.name IS UNIQUE;
