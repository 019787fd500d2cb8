// People as the service would have written them, had each sent one identify message with a user id,
// an e-mail address and a cookie, and nothing else had been said of them. `bench/seeding.py` holds
// one of them against one that the service wrote.
MATCH (s:Source {id: $source})
UNWIND range($first, $last) AS n
CALL (n, s) {
  WITH n, s, datetime('2026-06-01T12:00:00Z') AS at, datetime('2026-06-02T00:00:00Z') AS received
  CREATE (e:Event {
    message_id: 's' + n, type: 'identify', at: at, received_at: received, channel: $channel,
    source: s.id, by: 'user_id:s' + n
  })
  CREATE (u:Identifier {
    key: 'user_id:s' + n, namespace: 'user_id', value: 's' + n, born_as: 's' + n + '-u',
    stored_at: received, first_seen: at, last_seen: at, shared: false
  })
  CREATE (m:Identifier {
    key: 'email:s' + n + '@example.com', namespace: 'email', value: 's' + n + '@example.com',
    born_as: 's' + n + '-m', stored_at: received, first_seen: at, last_seen: at, shared: false
  })
  CREATE (c:Identifier {
    key: 'anonymous_id:s' + n, namespace: 'anonymous_id', value: 's' + n, born_as: 's' + n + '-c',
    stored_at: received, first_seen: at, last_seen: at, shared: false
  })
  CREATE (p:Profile {id: 's' + n + '-c', contested: false})
  CREATE (a:Account {key: 'login:s' + n, kind: 'login', id: 's' + n, shared: false})
  CREATE (u)-[:IDENTIFIES]->(p), (m)-[:IDENTIFIES]->(p), (c)-[:IDENTIFIES]->(p)
  CREATE (e)-[:FROM]->(s), (e)-[:BY]->(u), (u)-[:OF]->(a)
  CREATE (e)-[:NAMES {identifier: m.key, by_namespace: 'user_id', at: at}]->(m)
  CREATE (e)-[:NAMES {identifier: c.key, by_namespace: 'user_id', at: at}]->(c)
  CREATE (c)-[:SEEN_WITH {
    kind: 'observed', first_seen: at, last_seen: at, count: 1, sources: [s.id]
  }]->(m)
  CREATE (c)-[:SEEN_WITH {
    kind: 'observed', first_seen: at, last_seen: at, count: 1, sources: [s.id]
  }]->(u)
  CREATE (m)-[:SEEN_WITH {
    kind: 'observed', first_seen: at, last_seen: at, count: 1, sources: [s.id]
  }]->(u)
} IN TRANSACTIONS OF 2000 ROWS
FINISH
