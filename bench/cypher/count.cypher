// How many events there are, and how many of them have an owner.
MATCH (e:Event)
RETURN
  count(e) AS events,
  sum(CASE WHEN EXISTS { (e)-[:BY]->(:Identifier) } THEN 1 ELSE 0 END) AS owned
