// In how many profiles each identifier is, and the id of one; and profiles that nobody is in.
RETURN
  COLLECT {
    MATCH (i:Identifier)
    RETURN [i.key, i.born_as, [(i)-[:IDENTIFIES]->(p:Profile) | p.id]]
  } AS identifiers,
  COLLECT { MATCH (p:Profile) WHERE NOT EXISTS { (p)<-[:IDENTIFIES]-() } RETURN p.id } AS empty
