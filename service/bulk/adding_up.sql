-- What all messages say, added up as service/ingest/rows.py adds up those of one commit.
-- Given: a view for each table of columns.py, by its name with an underscore before it; the tables
-- source_of (piece, source) and namespaces (namespace, strength, is_unique, max_per_profile,
-- account), by the rules; the variables piece_bits, shared_after and none_strength.

-- A message that was there before, by its id, is left out; which one is first says its number.
CREATE TABLE repeated AS
WITH suspicious AS (
  SELECT hash(message_id) AS hashed FROM _messages GROUP BY hashed HAVING count(*) > 1
),
numbered AS (
  SELECT seq, row_number() OVER (PARTITION BY message_id ORDER BY seq) AS number
  FROM _messages SEMI JOIN suspicious ON hash(message_id) = hashed
)
SELECT seq FROM numbered WHERE number > 1;

CREATE VIEW messages AS SELECT seq, message_id FROM _messages ANTI JOIN repeated USING (seq);
CREATE VIEW named AS SELECT * FROM _named ANTI JOIN repeated USING (seq);
CREATE VIEW met AS SELECT * FROM _met ANTI JOIN repeated USING (seq);
CREATE VIEW pairs AS
SELECT * FROM _pairs ANTI JOIN repeated USING (seq)
JOIN source_of ON seq >> getvariable('piece_bits') = piece;
CREATE VIEW devices AS SELECT * FROM _devices ANTI JOIN repeated USING (seq);
CREATE VIEW on_device AS SELECT * FROM _on_device ANTI JOIN repeated USING (seq);
CREATE VIEW members AS SELECT * FROM _members ANTI JOIN repeated USING (seq);
CREATE VIEW traits AS
SELECT * FROM _traits ANTI JOIN repeated USING (seq)
JOIN source_of ON seq >> getvariable('piece_bits') = piece;
CREATE VIEW consents AS
SELECT * FROM _consents ANTI JOIN repeated USING (seq)
JOIN source_of ON seq >> getvariable('piece_bits') = piece;

CREATE TABLE identifiers AS
WITH found AS (
  SELECT
    id, min(key) AS key, max(key) AS other_key, min(moment) AS first_seen, max(moment) AS last_seen
  FROM named
  GROUP BY id
)
SELECT
  row_number() OVER () - 1 AS node, found.*,
  split_part(key, ':', 1) AS namespace, substr(key, strpos(key, ':') + 1) AS value,
  coalesce(strength, getvariable('none_strength')) AS strength,
  coalesce(is_unique, false) AS is_unique, max_per_profile, account
FROM found LEFT JOIN namespaces ON split_part(key, ':', 1) = namespaces.namespace;

-- Sources are told in the order of the ids of their first messages, as in one commit.
CREATE TABLE links AS
WITH by_source AS (
  SELECT
    a, b, kind, source, min(moment) AS first_seen, max(moment) AS last_seen, count(*) AS times
  FROM pairs
  GROUP BY a, b, kind, source
),
added_up AS (
  SELECT
    a, b, kind, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
    sum(times)::BIGINT AS times, count(*) AS sources_count, min(source) AS source
  FROM by_source
  GROUP BY a, b, kind
),
first_messages AS (
  SELECT a, b, kind, source, min(message_id) AS message_id
  FROM pairs
  SEMI JOIN (SELECT a, b, kind FROM added_up WHERE sources_count > 1) USING (a, b, kind)
  JOIN messages USING (seq)
  GROUP BY a, b, kind, source
),
several AS (
  SELECT a, b, kind, list(source ORDER BY message_id) AS sources
  FROM first_messages
  GROUP BY a, b, kind
)
SELECT
  a, b, kind, first_seen, last_seen, times,
  CASE WHEN sources_count = 1 THEN [source] ELSE sources END AS sources
FROM added_up LEFT JOIN several USING (a, b, kind);

CREATE TABLE shared AS
WITH seen_with AS (
  SELECT a AS id, b AS other FROM links
  UNION
  SELECT b AS id, a AS other FROM links
)
SELECT DISTINCT seen_with.id
FROM seen_with JOIN identifiers AS unique_one ON other = unique_one.id
WHERE is_unique
GROUP BY seen_with.id, unique_one.namespace
HAVING count(*) >= getvariable('shared_after');

-- Of each fact of a device the latest word; of two at one time that of the message with the greater
-- id.
CREATE TABLE known_devices AS
WITH said AS (
  SELECT
    id, kind, make, model, os, os_version, browser, browser_version, max(moment) AS moment
  FROM devices
  GROUP BY ALL
),
disputed AS (SELECT id FROM said GROUP BY id HAVING count(*) > 1),
detailed AS (
  SELECT devices.*, {'moment': moment, 'message_id': message_id} AS place
  FROM devices SEMI JOIN disputed USING (id) JOIN messages USING (seq)
)
SELECT id, kind, make, model, os, os_version, browser, browser_version, moment AS seen_at
FROM said ANTI JOIN disputed USING (id)
UNION ALL
SELECT
  id,
  arg_max(kind, place) FILTER (WHERE kind IS NOT NULL),
  arg_max(make, place) FILTER (WHERE make IS NOT NULL),
  arg_max(model, place) FILTER (WHERE model IS NOT NULL),
  arg_max(os, place) FILTER (WHERE os IS NOT NULL),
  arg_max(os_version, place) FILTER (WHERE os_version IS NOT NULL),
  arg_max(browser, place) FILTER (WHERE browser IS NOT NULL),
  arg_max(browser_version, place) FILTER (WHERE browser_version IS NOT NULL),
  max(moment)
FROM detailed
GROUP BY id;

-- An account that some hold and others belong to is what the first message by its id says, and in
-- one message those who hold it come first.
CREATE TABLE accounts AS
WITH holders AS (
  SELECT DISTINCT account || ':' || value AS key, account AS kind, value AS id
  FROM identifiers
  WHERE account IS NOT NULL
),
shared_ones AS (SELECT DISTINCT kind || ':' || account_id AS key, kind, account_id AS id FROM members),
disputed AS (SELECT key FROM holders SEMI JOIN shared_ones USING (key)),
said AS (
  SELECT disputed.key, message_id, false AS is_shared
  FROM disputed
  JOIN identifiers ON account || ':' || value = disputed.key
  JOIN named ON named.id = identifiers.id
  JOIN messages USING (seq)
  UNION ALL
  SELECT disputed.key, message_id, true
  FROM disputed JOIN members ON kind || ':' || account_id = disputed.key JOIN messages USING (seq)
),
settled AS (
  SELECT key, arg_min(is_shared, {'message_id': message_id, 'is_shared': is_shared}) AS is_shared
  FROM said
  GROUP BY key
),
found AS (
  SELECT *, false AS is_shared FROM holders
  UNION ALL
  SELECT *, true FROM shared_ones ANTI JOIN holders USING (key)
)
SELECT
  row_number() OVER () AS node, key, kind, id, coalesce(settled.is_shared, found.is_shared) AS shared
FROM found LEFT JOIN settled USING (key);

-- Of each trait and source the latest value, and the first if that is another; of two at one time
-- the one of the greater message id is the later.
CREATE TABLE said_traits AS
WITH times AS (
  SELECT
    holder, of_account, source, name, min(moment) AS first_moment, max(moment) AS moment,
    count(*) > 1 AS is_repeated
  FROM traits
  GROUP BY holder, of_account, source, name
),
said AS (
  SELECT
    holder, of_account, source, name, times.moment, first_moment,
    max({'message_id': message_id, 'type': type, 'value': value})
      FILTER (traits.moment = times.moment) AS last,
    min({'message_id': message_id, 'type': type, 'value': value})
      FILTER (is_repeated AND traits.moment = first_moment) AS first
  FROM traits JOIN times USING (holder, of_account, source, name) JOIN messages USING (seq)
  WHERE traits.moment IN (times.moment, first_moment)
  GROUP BY ALL
),
-- A message may name an account twice, and says what it says of it once.
told AS (SELECT *, first.message_id <> last.message_id AS is_another FROM said)
SELECT
  row_number() OVER () AS node, holder, of_account, source, name, moment, last.message_id AS message_id,
  last.type AS type, last.value AS value,
  CASE WHEN is_another THEN first_moment END AS first_moment,
  CASE WHEN is_another THEN first.message_id END AS first_message_id,
  CASE WHEN is_another THEN first.type END AS first_type,
  CASE WHEN is_another THEN first.value END AS first_value
FROM told;

-- Each yes and no, with its first and last time, and the legal basis that was given last.
CREATE TABLE given_consents AS
WITH said AS (
  SELECT holder, source, said, min(moment) AS first_at, max(moment) AS last_at
  FROM consents
  GROUP BY holder, source, said
),
each AS (
  SELECT
    holder, source, first_at, last_at, said ->> '$[1]' AS legal_basis,
    unnest(from_json(said -> '$[0]', '[["JSON"]]')) AS one
  FROM said
),
added_up AS (
  SELECT
    holder, source, one[1] ->> '$' AS purpose, one[2]::BOOLEAN AS granted,
    min(first_at) AS first_at, max(last_at) AS last_at,
    count(DISTINCT legal_basis) AS bases, min(legal_basis) AS legal_basis
  FROM each
  GROUP BY ALL
),
detailed AS (
  SELECT
    holder, source, moment, message_id, said ->> '$[1]' AS legal_basis,
    unnest(from_json(said -> '$[0]', '[["JSON"]]')) AS one
  FROM consents
  SEMI JOIN (SELECT DISTINCT holder, source FROM added_up WHERE bases > 1) USING (holder, source)
  JOIN messages USING (seq)
),
settled AS (
  SELECT
    holder, source, one[1] ->> '$' AS purpose, one[2]::BOOLEAN AS granted,
    arg_max(legal_basis, {'moment': moment, 'message_id': message_id}) AS legal_basis
  FROM detailed
  GROUP BY ALL
)
SELECT
  row_number() OVER () AS node, holder, source, purpose, granted, first_at, last_at,
  coalesce(settled.legal_basis, added_up.legal_basis) AS legal_basis
FROM added_up LEFT JOIN settled USING (holder, source, purpose, granted);
