// What somebody does by hand with a key of their own is done once, however often it is asked for.
CREATE CONSTRAINT change_request IF NOT EXISTS
FOR (c:Change) REQUIRE c.request IS UNIQUE;
