// The smallest commit: what the machine does at the moment, whatever the size of the graph.
MERGE (b:Baseline {name: 'baseline'})
SET b.count = coalesce(b.count, 0) + 1
