// Every event with the number of nodes and owners that it has (1 if all is well), and what is torn.
RETURN
  COLLECT {
    MATCH (e:Event)
    WITH e.message_id AS message_id, count(e) AS nodes, sum(COUNT { (e)-[:BY]->() }) AS owners
    RETURN [message_id, CASE WHEN nodes = 1 AND owners = 1 THEN 1 ELSE nodes + owners END]
  } AS events,
  COUNT { MATCH (i:Identifier) WHERE COUNT { (i)-[:IDENTIFIES]->(:Profile) } <> 1 } AS torn,
  COUNT { MATCH (p:Profile) WHERE NOT EXISTS { (p)<-[:IDENTIFIES]-() } } AS empty,
  COUNT { MATCH (d:DeadLetter) } AS dead_letters
