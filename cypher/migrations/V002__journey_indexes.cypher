// The journey of an identifier, already in the order of time: a page of it costs a page.
CREATE INDEX event_journey IF NOT EXISTS
FOR (e:Event) ON (e.by, e.at, e.message_id);

// What analysts ask first: when, and what.
CREATE INDEX event_at IF NOT EXISTS
FOR (e:Event) ON (e.at);

CREATE INDEX event_name IF NOT EXISTS
FOR (e:Event) ON (e.name);

CREATE INDEX identifier_namespace IF NOT EXISTS
FOR (i:Identifier) ON (i.namespace);
