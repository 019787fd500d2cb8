// Nodes, with nothing read or looked for.
UNWIND $rows AS row
CREATE (n:$(row.kind))
SET n = row.properties
FOREACH (time IN row.times |
  SET n[time[0]] = datetime.fromepoch(time[1], time[2])
)
RETURN collect(elementId(n)) AS ids
