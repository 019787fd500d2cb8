// Relationships between nodes that are there.
UNWIND $rows AS row
MATCH (a)
WHERE elementId(a) = row.start
MATCH (b)
WHERE elementId(b) = row.end
CREATE (a)-[r:$(row.kind)]->(b)
SET r = row.properties
FOREACH (time IN row.times |
  SET r[time[0]] = datetime.fromepoch(time[1], time[2])
)
RETURN collect(NULL) AS ids // One row, as of nodes.
