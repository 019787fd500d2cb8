// purpose:    Keep, for each identifier, source and trait, the latest value with its time.
// mode:       write
// params:     traits: LIST OF MAP
// returns:    nothing
// locks:      none beyond the identifiers, which the transaction holds
// cost:       O(traits × traits of their identifiers)
// idempotent: yes; an earlier value changes nothing, and of two at one time the one whose message
//             id is greater wins
// plan:       once
UNWIND $traits AS row
MATCH (i:Identifier {key: row.identifier})
MERGE (i)-[:HAS]->(t:Trait {source: row.source, name: row.name})
WITH t, row, datetime.fromepoch(row.at[0], row.at[1]) AS at
WHERE t.at IS NULL OR t.at < at OR (t.at = at AND t.message_id < row.message_id)
SET t.value = row.value, t.value_json = row.value_json, t.at = at, t.message_id = row.message_id
