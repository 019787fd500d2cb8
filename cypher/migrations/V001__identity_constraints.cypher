// The keys of the model's nodes.
CREATE CONSTRAINT identifier_key IF NOT EXISTS
FOR (i:Identifier) REQUIRE i.key IS UNIQUE;

// Every id that a profile ever bore is the id that one identifier was born with.
CREATE CONSTRAINT identifier_born_as IF NOT EXISTS
FOR (i:Identifier) REQUIRE i.born_as IS UNIQUE;

CREATE CONSTRAINT profile_id IF NOT EXISTS
FOR (p:Profile) REQUIRE p.id IS UNIQUE;

CREATE CONSTRAINT device_id IF NOT EXISTS
FOR (d:Device) REQUIRE d.id IS UNIQUE;

CREATE CONSTRAINT account_key IF NOT EXISTS
FOR (a:Account) REQUIRE a.key IS UNIQUE;

CREATE CONSTRAINT event_message_id IF NOT EXISTS
FOR (e:Event) REQUIRE e.message_id IS UNIQUE;

CREATE CONSTRAINT source_id IF NOT EXISTS
FOR (s:Source) REQUIRE s.id IS UNIQUE;

CREATE CONSTRAINT change_id IF NOT EXISTS
FOR (c:Change) REQUIRE c.id IS UNIQUE;

CREATE CONSTRAINT key_hash IF NOT EXISTS
FOR (k:Key) REQUIRE k.hash IS UNIQUE;

CREATE CONSTRAINT api_key_name IF NOT EXISTS
FOR (k:ApiKey) REQUIRE k.name IS UNIQUE;
