// purpose: Lock the neighbourhood of these identifiers, its profiles first. Whoever had to wait may see more of it than
//          before, so it looks again until there is nothing new.
// takes:   seeds: LIST OF Identifier
// gives:   members: LIST OF Identifier, by key; no row where others kept on changing it
CALL (seeds) {
  UNWIND range(1, 5) AS round
  CALL (seeds) {
    // include: neighbourhood
    CALL (members) {
      UNWIND members AS i
      MATCH (i)-[:IDENTIFIES]->(p:Profile)
      WITH DISTINCT p
      ORDER BY p.id
      REMOVE p.locked
    }
    UNWIND members AS i
    REMOVE i.locked
    RETURN collect(i) AS locked
  }
  RETURN collect(locked) AS rounds
}
WITH *, rounds[-1] AS members
WHERE rounds[-1] = rounds[-2]
