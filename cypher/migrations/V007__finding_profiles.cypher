// Values too long for an index are kept as JSON text. `is_plain_trait` in service/store/properties.py
// says the same of those that come in.
MATCH (t:Trait)
WHERE t.value IS NOT NULL
WITH t, valueType(t.value) AS type
WITH
  t,
  type STARTS WITH 'LIST' AS is_list,
  type CONTAINS 'STRING' AS is_text,
  CASE WHEN type STARTS WITH 'LIST' THEN toStringList(t.value) ELSE [toString(t.value)] END AS items
WHERE size(t.name) > 128
  OR reduce(room = 0, item IN items | room + 10 + CASE WHEN is_text THEN 4 * size(item) ELSE 0 END)
    > 6000
WITH t, is_list, [item IN items | CASE
  WHEN is_text THEN '"' + reduce(
    text = replace(replace(item, '\\', '\\\\'), '"', '\\"'), code IN range(1, 31) |
    replace(
      text,
      substring('\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f', code - 1, 1),
      '\\' + 'u00' + toString(code / 16) + substring('0123456789abcdef', code % 16, 1)
    )
  ) + '"'
  ELSE item
END] AS items
WITH t, is_list, reduce(json = '', item IN items | json + CASE json WHEN '' THEN '' ELSE ',' END + item) AS json
SET t.value_json = CASE WHEN is_list THEN '[' + json + ']' ELSE json END, t.value = null;

// Who has this value of a trait.
CREATE INDEX trait_value IF NOT EXISTS
FOR (t:Trait) ON (t.name, t.value);

// Who has this word in a trait or an identifier. Messages do not wait until it is up to date.
CREATE FULLTEXT INDEX person_text IF NOT EXISTS
FOR (n:Identifier|Trait) ON EACH [n.value, n.value_json]
OPTIONS {indexConfig: {
  `fulltext.analyzer`: 'standard-folding',
  `fulltext.eventually_consistent`: true
}};
