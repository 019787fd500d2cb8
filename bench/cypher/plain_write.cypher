// The plainest way to write events: the owner's identifier, the event with the properties that the
// service gives it, and one relationship. Rows are sorted by key, so that sessions don't deadlock.
UNWIND $rows AS row
MERGE (i:Identifier {key: row.key})
CREATE (e:Event)-[:BY]->(i)
SET
  e = row.properties,
  e.at = datetime.fromepoch(row.at[0], row.at[1]),
  e.received_at = datetime.fromepoch(row.received_at[0], row.received_at[1])
