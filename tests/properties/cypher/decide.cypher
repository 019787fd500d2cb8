MATCH (i:Identifier)
WITH i
ORDER BY i.key
WITH collect(i) AS members
// include: decide
RETURN
  [i IN members | i.key] AS keys,
  of,
  [one IN refused | {
    a: members[links[one.link].a].key, b: members[links[one.link].b].key, reason: one.reason
  }] AS refused,
  [position IN overused | members[position].key] AS overused
