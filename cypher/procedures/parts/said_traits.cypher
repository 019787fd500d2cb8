// purpose: Keep what a source says of somebody or of an account: of each trait the latest value, and
//          what was said first if that is another.
// takes:   i: Identifier or Account, which the transaction holds; row: MAP of SOURCE and of what was
//          SAID, a list of NAME, VALUE or VALUE_JSON, AT and MESSAGE_ID, and the last four again as
//          FIRST_… if something else was said before
// gives:   nothing
CALL (i, row) {
  OPTIONAL MATCH (i)-[:HAS]->(t:Trait)
  WHERE t.source = row.source
  WITH collect(t) AS known
  UNWIND row.said AS said
  WITH
    head([t IN known WHERE t.name = said.name]) AS t,
    said,
    datetime.fromepoch(said.at[0], said.at[1]) AS at,
    CASE WHEN said.first_at IS NOT NULL
      THEN datetime.fromepoch(said.first_at[0], said.first_at[1])
    END AS first_at
  FOREACH (_ IN CASE WHEN t IS NULL THEN [1] ELSE [] END |
    CREATE (i)-[:HAS]->(:Trait {
      source: row.source, name: said.name, value: said.value, value_json: said.value_json, at: at,
      message_id: said.message_id, first_value: said.first_value,
      first_value_json: said.first_value_json, first_at: first_at,
      first_message_id: said.first_message_id
    })
  )
  WITH t, said, at, CASE WHEN first_at IS NULL
    THEN {
      value: said.value, value_json: said.value_json, at: at, message_id: said.message_id
    }
    ELSE {
      value: said.first_value, value_json: said.first_value_json, at: first_at,
      message_id: said.first_message_id
    }
  END AS first
  WITH
    *,
    t.at < at OR (t.at = at AND t.message_id < said.message_id) AS is_later,
    first.at < coalesce(t.first_at, t.at) OR (
      first.at = coalesce(t.first_at, t.at)
      AND first.message_id < coalesce(t.first_message_id, t.message_id)
    ) AS is_earlier
  WHERE is_later OR is_earlier
  // What stands alone was the first until now, too.
  FOREACH (was IN CASE
    WHEN is_earlier THEN [first]
    WHEN t.first_at IS NULL THEN [t {.value, .value_json, .at, .message_id}]
    ELSE []
  END |
    SET
      t.first_value = was.value, t.first_value_json = was.value_json, t.first_at = was.at,
      t.first_message_id = was.message_id
  )
  FOREACH (_ IN CASE WHEN is_later THEN [1] ELSE [] END |
    SET
      t.value = said.value, t.value_json = said.value_json, t.at = at,
      t.message_id = said.message_id
  )
}
