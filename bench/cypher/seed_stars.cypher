// Profiles of any size: one e-mail address, seen once with each of its cookies.
UNWIND range(1, $count) AS n
CALL (n) {
  WITH $name + '-' + n AS name, datetime('2026-06-01T12:00:00Z') AS at
  CREATE (p:Profile {id: name + '-0', contested: false})
  CREATE (m:Identifier {
    key: 'email:' + name + '@example.com', namespace: 'email', value: name + '@example.com',
    born_as: name + '-0', stored_at: at, first_seen: at, last_seen: at, shared: false
  })
  CREATE (m)-[:IDENTIFIES]->(p)
  WITH name, at, p, m
  UNWIND range(1, $size - 1) AS k
  CREATE (c:Identifier {
    key: 'anonymous_id:' + name + '-' + k, namespace: 'anonymous_id', value: name + '-' + k,
    born_as: name + '-' + k, stored_at: at, first_seen: at, last_seen: at, shared: false
  })
  CREATE (c)-[:IDENTIFIES]->(p)
  CREATE (c)-[:SEEN_WITH {
    kind: 'observed', first_seen: at, last_seen: at, count: 1, sources: ['web-shop']
  }]->(m)
}
FINISH
