// Everything that hangs together with one identifier, but for what it shares with all.
MATCH (:Identifier {key: $key})-[:IDENTIFIES]->(p:Profile)
MATCH (p)<-[:IDENTIFIES]-(member:Identifier)
WITH p, collect(member) AS identifiers
UNWIND identifiers AS i
OPTIONAL MATCH (i)-[:OF]->(a:Account)
OPTIONAL MATCH (e:Event)-[:BY|NAMES]->(i)
WITH p, collect(DISTINCT i) AS identifiers, collect(DISTINCT a) AS accounts, collect(DISTINCT e) AS events
UNWIND [p] + identifiers + accounts + events AS node
RETURN DISTINCT
  labels(node) AS labels,
  properties(node) AS properties,
  COLLECT {
    MATCH (node)-[r]->(to)
    RETURN [type(r), properties(r), labels(to), coalesce(to.key, '')]
  } AS out
