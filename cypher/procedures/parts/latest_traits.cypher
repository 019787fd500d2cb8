// purpose: Keep the latest value of each trait that a source says of somebody or of an account.
// takes:   i: Identifier or Account, which the transaction holds; row: MAP of SOURCE and of what was
//          SAID, a list of NAME, VALUE or VALUE_JSON, AT and MESSAGE_ID
// gives:   nothing
CALL (i, row) {
  OPTIONAL MATCH (i)-[:HAS]->(t:Trait)
  WHERE t.source = row.source
  WITH collect(t) AS known
  UNWIND row.said AS said
  WITH
    head([t IN known WHERE t.name = said.name]) AS t,
    said,
    datetime.fromepoch(said.at[0], said.at[1]) AS at
  FOREACH (_ IN CASE WHEN t IS NULL THEN [1] ELSE [] END |
    CREATE (i)-[:HAS]->(:Trait {
      source: row.source, name: said.name, value: said.value, value_json: said.value_json, at: at,
      message_id: said.message_id
    })
  )
  WITH t, said, at
  WHERE t.at < at OR (t.at = at AND t.message_id < said.message_id)
  SET
    t.value = said.value, t.value_json = said.value_json, t.at = at, t.message_id = said.message_id
}
