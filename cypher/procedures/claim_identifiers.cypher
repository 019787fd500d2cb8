// purpose:    Lock the identifiers of new events, store those that are new, each with a profile of
//             its own, and say what is decided about them now.
// mode:       write
// params:     identifiers: LIST OF MAP
// returns:    key: STRING, is_new: BOOLEAN, shared: BOOLEAN, contested: BOOLEAN
// locks:      each identifier, in the order given: sort by key. Whoever decides about an identifier
//             holds its lock
// cost:       O(identifiers)
// idempotent: yes, but for the times seen, which only widen
UNWIND $identifiers AS row
MERGE (i:Identifier {key: row.key})
ON CREATE SET
  i.namespace = row.namespace,
  i.value = row.value,
  i.born_as = row.born_as,
  i.stored_at = datetime.statement(),
  i.first_seen = row.first_seen,
  i.last_seen = row.last_seen,
  i.shared = false,
  i.is_new = true
SET i.locked = true
WITH i, row, coalesce(i.is_new, false) AS is_new
FOREACH (_ IN CASE WHEN is_new THEN [1] ELSE [] END |
  CREATE (i)-[:IDENTIFIES]->(:Profile {id: i.born_as, contested: false})
)
SET
  i.first_seen = CASE WHEN row.first_seen < i.first_seen THEN row.first_seen ELSE i.first_seen END,
  i.last_seen = CASE WHEN row.last_seen > i.last_seen THEN row.last_seen ELSE i.last_seen END
REMOVE i.is_new, i.locked
WITH i, is_new
MATCH (i)-[:IDENTIFIES]->(p:Profile)
RETURN i.key AS key, is_new, i.shared AS shared, p.contested AS contested
