// Every event, with whom it is tied to.
MATCH (e:Event)
RETURN
  e.message_id AS message_id,
  [(e)-[:BY]->(i:Identifier) | i.key] AS by,
  [(e)-[:NAMES]->(i:Identifier) | i.key] AS names,
  COUNT { (e)-[:FROM]->(:Source) } AS sources
