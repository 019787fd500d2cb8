-- The graph but for its events, one query for each label and type. A column is named as in the
-- importer's header; lists are texts with the variable delimiter between their items.

-- nodes: Identifier
SELECT
  node AS ":ID(Identifier)", key AS "key:string", namespace AS "namespace:string",
  value AS "value:string", born_as AS "born_as:string", first_seen AS "first_seen:datetime",
  last_seen AS "last_seen:datetime", shared.id IS NOT NULL AS "shared:boolean",
  getvariable('now') AS "stored_at:datetime"
FROM identifiers JOIN born USING (node) LEFT JOIN shared ON identifiers.id = shared.id;

-- nodes: Profile
SELECT profile AS ":ID(Profile)", id AS "id:string", is_contested AS "contested:boolean"
FROM profiles;

-- nodes: Device
SELECT
  node AS ":ID(Device)", key AS "id:string", kind AS "kind:string",
  make AS "make:string", model AS "model:string", os AS "os:string",
  os_version AS "os_version:string", browser AS "browser:string",
  browser_version AS "browser_version:string", seen_at AS "seen_at:datetime"
FROM known_devices JOIN identifiers USING (id);

-- nodes: Account
SELECT
  node AS ":ID(Account)", key AS "key:string", kind AS "kind:string", id AS "id:string",
  shared AS "shared:boolean"
FROM accounts;

-- nodes: Consent
SELECT
  node AS ":ID(Consent)", source AS "source:string", purpose AS "purpose:string",
  granted AS "granted:boolean", legal_basis AS "legal_basis:string",
  first_at AS "first_at:datetime", last_at AS "at:datetime"
FROM given_consents;

-- nodes: Change
SELECT
  node AS ":ID(Change)", id AS "id:string", 'refused' AS "kind:string",
  array_to_string(profiles, getvariable('delimiter')) AS "profiles:string[]",
  reason AS "rule:string", message_id AS "message_id:string", getvariable('now') AS "at:datetime"
FROM changes;

-- relationships: IDENTIFIES
SELECT node AS ":START_ID(Identifier)", profile AS ":END_ID(Profile)" FROM decided;

-- relationships: SEEN_WITH
SELECT
  one.node AS ":START_ID(Identifier)", other.node AS ":END_ID(Identifier)",
  CASE kind WHEN 1 THEN 'declared' ELSE 'observed' END AS "kind:string",
  links.first_seen AS "first_seen:datetime", links.last_seen AS "last_seen:datetime",
  times AS "count:long",
  array_to_string(sources, getvariable('delimiter')) AS "sources:string[]",
  reason AS "refused:string"
FROM links
JOIN identifiers AS one ON links.a = one.id
JOIN identifiers AS other ON links.b = other.id
LEFT JOIN changes ON links.a = changes.a AND links.b = changes.b;

-- relationships: NAMED_WITH
SELECT one.node AS ":START_ID(Identifier)", other.node AS ":END_ID(Identifier)"
FROM (SELECT DISTINCT owner, id FROM met) AS found
JOIN identifiers AS one ON owner = one.id
JOIN identifiers AS other ON found.id = other.id;

-- relationships: ON
SELECT one.node AS ":START_ID(Identifier)", other.node AS ":END_ID(Device)"
FROM (SELECT DISTINCT id, device FROM on_device) AS found
JOIN identifiers AS one ON found.id = one.id
JOIN identifiers AS other ON device = other.id;

-- relationships: OF
SELECT identifiers.node AS ":START_ID(Identifier)", accounts.node AS ":END_ID(Account)"
FROM identifiers JOIN accounts ON accounts.key = account || ':' || value
WHERE account IS NOT NULL;

-- relationships: MEMBER_OF
SELECT DISTINCT identifiers.node AS ":START_ID(Identifier)", accounts.node AS ":END_ID(Account)"
FROM members
JOIN identifiers ON member = identifiers.id
JOIN accounts ON accounts.key = members.kind || ':' || account_id;

-- relationships: HAS
SELECT identifiers.node AS ":START_ID(Identifier)", said_traits.node AS ":END_ID(Trait)"
FROM said_traits JOIN identifiers ON holder = identifiers.id
WHERE NOT of_account;

-- relationships: HAS
SELECT accounts.node AS ":START_ID(Account)", said_traits.node AS ":END_ID(Trait)"
FROM said_traits
JOIN (SELECT DISTINCT account, kind || ':' || account_id AS key FROM members) AS found
  ON holder = found.account
JOIN accounts USING (key)
WHERE of_account;

-- relationships: GAVE
SELECT identifiers.node AS ":START_ID(Identifier)", given_consents.node AS ":END_ID(Consent)"
FROM given_consents JOIN identifiers ON holder = identifiers.id;

-- relationships: ABOUT
SELECT node AS ":START_ID(Change)", unnest(bearers) AS ":END_ID(Identifier)" FROM changes;

-- relationships: CONCERNS
SELECT node AS ":START_ID(Change)", unnest([a_node, b_node]) AS ":END_ID(Identifier)" FROM changes;

-- relationships: FROM
SELECT seq AS ":START_ID(Event)", source_node AS ":END_ID(Kept)"
FROM messages JOIN source_of ON seq >> getvariable('piece_bits') = piece;

-- relationships: BY
SELECT seq AS ":START_ID(Event)", node AS ":END_ID(Identifier)"
FROM named JOIN identifiers USING (id)
WHERE by_namespace IS NULL;

-- relationships: NAMES
SELECT
  seq AS ":START_ID(Event)", node AS ":END_ID(Identifier)",
  identifiers.key AS "identifier:string", by_namespace AS "by_namespace:string",
  moment AS "at:datetime"
FROM named JOIN identifiers USING (id)
WHERE by_namespace IS NOT NULL;
