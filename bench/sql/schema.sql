-- What a team would build: events on identifiers, identifiers of persons, and whoever is named in
-- one message becomes one person. It has no limits, no shared devices, no refused links, no history
-- and no way back; the service has all of these.

CREATE TABLE sources (
  id text PRIMARY KEY,
  channel text
);

CREATE TABLE persons (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- The foreign key is what makes merges safe: nobody can join a person that is being merged away.
CREATE TABLE identifiers (
  key text PRIMARY KEY,
  namespace text NOT NULL,
  value text NOT NULL,
  person bigint NOT NULL REFERENCES persons,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL
) WITH (fillfactor = 85); -- so that a new last_seen is written on the same page, past the indexes
CREATE INDEX ON identifiers (person);

-- Events hang on an identifier, not on a person, so that a merge need not rewrite them.
CREATE TABLE events (
  message_id text PRIMARY KEY,
  type text NOT NULL,
  name text,
  at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  source text NOT NULL REFERENCES sources,
  channel text,
  owner text,
  names text[] NOT NULL, -- the other identifiers
  properties jsonb NOT NULL
);
CREATE INDEX ON events (owner, at, message_id);

-- Of each trait the latest value of each source.
CREATE TABLE traits (
  identifier text NOT NULL,
  name text NOT NULL,
  source text NOT NULL,
  value jsonb NOT NULL,
  at timestamptz NOT NULL,
  message_id text NOT NULL,
  PRIMARY KEY (identifier, name, source)
);

-- The smallest commit: what the machine does at the moment.
CREATE TABLE baseline (
  name text PRIMARY KEY,
  count bigint NOT NULL
);

-- One commit. `named` are the distinct identifiers of all messages in the order of their keys; those
-- that belong together have the same number in `together`. All of it may be sent again.
CREATE FUNCTION record(sent jsonb, named jsonb, said jsonb) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
  meeting record;
  lasting bigint;
BEGIN
  RETURN QUERY
  INSERT INTO events
  SELECT *
  FROM jsonb_to_recordset(sent) AS e (
    message_id text, type text, name text, at timestamptz, received_at timestamptz, source text,
    channel text, owner text, names text[], properties jsonb
  )
  ORDER BY e.message_id
  ON CONFLICT DO NOTHING
  RETURNING events.message_id;

  -- Always in the order of their keys, so that two commits do not wait for each other in a circle.
  PERFORM 1
  FROM identifiers
  WHERE key IN (SELECT f.key FROM jsonb_to_recordset(named) AS f (key text))
  ORDER BY key
  FOR UPDATE;

  -- Known persons that meet: the one with most identifiers lasts, and the others' are rewired.
  FOR meeting IN
    SELECT array_agg(f.key) AS keys
    FROM jsonb_to_recordset(named) AS f (key text, together bigint)
    JOIN identifiers AS i ON i.key = f.key
    GROUP BY f.together
    HAVING count(DISTINCT i.person) > 1
  LOOP
    SELECT i.person INTO lasting
    FROM identifiers AS i
    WHERE i.person IN (SELECT k.person FROM identifiers AS k WHERE k.key = ANY (meeting.keys))
    GROUP BY i.person
    ORDER BY count(*) DESC, i.person
    LIMIT 1;
    WITH gone AS (
      SELECT DISTINCT k.person
      FROM identifiers AS k
      WHERE k.key = ANY (meeting.keys) AND k.person <> lasting
    ), rewired AS (
      UPDATE identifiers AS i SET person = lasting FROM gone WHERE i.person = gone.person
    )
    DELETE FROM persons USING gone WHERE persons.id = gone.person;
  END LOOP;

  -- The new ones: of the person whom they were seen with, or of a new one.
  WITH told AS (
    SELECT *
    FROM jsonb_to_recordset(named) AS f (
      key text, namespace text, value text, first_seen timestamptz, last_seen timestamptz,
      together bigint
    )
  ), whose AS (
    SELECT t.together, max(i.person) AS person
    FROM told AS t
    LEFT JOIN identifiers AS i ON i.key = t.key
    GROUP BY t.together
  ), numbered AS (
    SELECT
      together,
      coalesce(person, nextval(pg_get_serial_sequence('persons', 'id'))) AS person,
      person IS NULL AS is_new
    FROM whose
  ), born AS (
    INSERT INTO persons (id) OVERRIDING SYSTEM VALUE SELECT person FROM numbered WHERE is_new
  )
  INSERT INTO identifiers AS i (key, namespace, value, person, first_seen, last_seen)
  SELECT t.key, t.namespace, t.value, n.person, t.first_seen, t.last_seen
  FROM told AS t
  JOIN numbered AS n ON n.together = t.together
  ORDER BY t.key
  ON CONFLICT (key) DO UPDATE SET
    first_seen = least(i.first_seen, excluded.first_seen),
    last_seen = greatest(i.last_seen, excluded.last_seen);

  INSERT INTO traits AS t
  SELECT DISTINCT ON (s.identifier, s.name, s.source) *
  FROM jsonb_to_recordset(said) AS s (
    identifier text, name text, source text, value jsonb, at timestamptz, message_id text
  )
  ORDER BY s.identifier, s.name, s.source, s.at DESC, s.message_id DESC
  ON CONFLICT (identifier, name, source) DO UPDATE SET
    value = excluded.value, at = excluded.at, message_id = excluded.message_id
  WHERE (t.at, t.message_id) < (excluded.at, excluded.message_id);
END
$$;
