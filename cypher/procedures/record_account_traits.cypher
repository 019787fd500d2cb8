// purpose:    Keep, for each account, source and trait, the latest value with its time.
// mode:       write
// params:     traits: LIST OF MAP
// returns:    nothing
// locks:      each account, in the order given: sort by account
// cost:       O(traits × traits of their accounts)
// idempotent: yes; as record_traits
// plan:       once
UNWIND $traits AS row
MATCH (a:Account {key: row.account})
SET a.locked = true
REMOVE a.locked
MERGE (a)-[:HAS]->(t:Trait {source: row.source, name: row.name})
WITH t, row, datetime.fromepoch(row.at[0], row.at[1]) AS at
WHERE t.at IS NULL OR t.at < at OR (t.at = at AND t.message_id < row.message_id)
SET t.value = row.value, t.value_json = row.value_json, t.at = at, t.message_id = row.message_id
