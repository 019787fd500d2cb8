// What is found about an identifier in the order of time without reading its events: who was
// recognised there, and what else happened there. Kinds of namespaces may change, so their names
// are kept and not their kinds.
MATCH (e:Event)-[n:NAMES]->(i:Identifier)
WHERE n.identifier IS NULL
SET n.identifier = i.key, n.by_namespace = split(e.by, ':')[0], n.at = e.at;

CREATE INDEX names_in_time IF NOT EXISTS
FOR ()-[n:NAMES]-() ON (n.identifier, n.by_namespace, n.at);

// A message that contradicts itself is evidence for nothing, but those it names did meet.
MATCH (e:Event)-[:BY]->(owner:Identifier)
WHERE e.contradiction IS NOT NULL
MATCH (e)-[:NAMES]->(named:Identifier)
MERGE (owner)-[:NAMED_WITH]->(named);
