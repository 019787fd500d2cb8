// purpose:    Make one profile of several where nothing is contested: the identifiers of all but the
//             largest move to it, it takes the id that is now theirs, and what was decided is
//             remembered with everyone whose profile has another id now. Those that the transaction
//             stored say themselves that they are new.
// mode:       write
// params:     unions: LIST OF MAP
// returns:    nothing
// locks:      the profiles, which the transaction holds; the identifiers that move
// cost:       O(identifiers of all but the largest; of the largest too where its id changes)
// idempotent: no; the decision is made in the same transaction
// plan:       once
UNWIND $unions AS row
MATCH (p:Profile {id: row.into})
USING INDEX SEEK p:Profile(id)
CALL (p, row) {
  WITH p, row
  WHERE row.id <> row.into
  MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
  WHERE NOT i.key IN row.new
  RETURN collect({key: i.key, was: row.into, became: row.id}) AS renamed
}
CALL (p, row) {
  UNWIND row.gone AS id
  MATCH (q:Profile {id: id})<-[old:IDENTIFIES]-(i:Identifier)
  USING INDEX SEEK q:Profile(id)
  DELETE old
  CREATE (i)-[:IDENTIFIES]->(p)
  WITH id, row, i
  WHERE id <> row.id AND NOT i.key IN row.new
  RETURN collect({key: i.key, was: id, became: row.id}) AS moved
}
CALL (row) {
  UNWIND row.gone AS id
  MATCH (q:Profile {id: id})
  USING INDEX SEEK q:Profile(id)
  DELETE q
}
SET p.id = row.id
WITH [change IN [row.change] WHERE change IS NOT NULL | {
  node: change, identifiers: renamed + moved
}] AS changes
// include: remember
FINISH
