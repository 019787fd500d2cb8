// purpose: Lock the identifiers of new events, and store those that are new, each with a profile of
//          its own. Whoever decides about an identifier holds its lock.
// takes:   identifiers: LIST OF MAP, by key, which is the order of the locks
// gives:   keys: LIST OF STRING, nodes: LIST OF STRING, their element ids, so that the transaction
//          need not look them up again; and of the keys those that are new, that are shared, and
//          whose profile is contested: new, shared, contested: LIST OF STRING
CALL (identifiers) {
  UNWIND identifiers AS row
  WITH
    row,
    datetime.fromepoch(row.first_seen[0], row.first_seen[1]) AS first_seen,
    datetime.fromepoch(row.last_seen[0], row.last_seen[1]) AS last_seen
  MERGE (i:Identifier {key: row.key})
  ON CREATE SET
    i.namespace = row.namespace,
    i.value = row.value,
    i.born_as = row.born_as,
    i.first_seen = first_seen,
    i.last_seen = last_seen,
    i.shared = false
  REMOVE i.locked
  WITH collect({i: i, first_seen: first_seen, last_seen: last_seen}) AS claimed
  // Read when all locks are held: whoever had to wait for a known identifier stores its new ones
  // after those that joined it meanwhile, and takes no profile's id.
  WITH claimed, datetime.realtime() AS now
  UNWIND claimed AS one
  WITH
    one.i AS i, one.first_seen AS first_seen, one.last_seen AS last_seen, now,
    one.i.stored_at IS NULL AS is_new
  FOREACH (_ IN CASE WHEN is_new THEN [1] ELSE [] END |
    SET i.stored_at = now
    CREATE (i)-[:IDENTIFIES]->(:Profile {id: i.born_as, contested: false})
  )
  SET
    i.first_seen = CASE WHEN first_seen < i.first_seen THEN first_seen ELSE i.first_seen END,
    i.last_seen = CASE WHEN last_seen > i.last_seen THEN last_seen ELSE i.last_seen END
  WITH i, is_new
  MATCH (i)-[:IDENTIFIES]->(p:Profile)
  RETURN
    collect(i.key) AS keys,
    collect(elementId(i)) AS nodes,
    collect(CASE WHEN is_new THEN i.key END) AS new,
    collect(CASE WHEN i.shared THEN i.key END) AS shared,
    collect(CASE WHEN p.contested THEN i.key END) AS contested
}
