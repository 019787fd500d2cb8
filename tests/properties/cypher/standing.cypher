RETURN
  COLLECT {
    MATCH (p:Profile)
    RETURN [p.id, [(p)<-[:IDENTIFIES]-(i:Identifier) | i.key], p.contested]
  } AS profiles,
  COLLECT { MATCH (i:Identifier) RETURN [i.key, i.shared, i.stored_at, i.born_as] } AS identifiers,
  COLLECT {
    MATCH (a:Identifier)-[s:SEEN_WITH]->(b:Identifier)
    WHERE s.refused IS NOT NULL
    RETURN [a.key, b.key, s.refused]
  } AS refused,
  COLLECT {
    MATCH (a:Identifier)-[s:SEEN_WITH]->(b:Identifier)
    WITH a, b, count(*) AS kinds, count(s.refused) AS marked
    WHERE marked > 0 AND marked < kinds
    RETURN [a.key, b.key]
  } AS half_marked,
  COLLECT {
    MATCH ()-[s:SEEN_WITH {kind: 'manual'}]->()
    RETURN [s.change_id, s.first_seen]
  } AS acted_at
