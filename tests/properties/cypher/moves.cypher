RETURN
  COLLECT {
    MATCH (c:Change)-[concerns:CONCERNS]->(i:Identifier)
    WHERE concerns.was IS NOT NULL
    RETURN [i.key, concerns.was, concerns.became]
    ORDER BY c.at, c.id
  } AS moves,
  COLLECT {
    MATCH (i:Identifier)-[:IDENTIFIES]->(p:Profile)
    RETURN [i.key, p.id]
  } AS today
