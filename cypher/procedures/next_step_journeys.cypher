// purpose:    What each of these people did as the next step is learned from it, and told by it: their
//             sessions by channel, when each began, and when the person first responded in it (null
//             where it holds only what was sent to them); their conversions; and their time zone, as
//             they said it last. Times are in milliseconds since 1970. People are named by any id
//             that they ever had; who was not seen since then, and nobody, has no row.
// mode:       read
// params:     profiles: LIST OF STRING, since: ZONED DATETIME, until: ZONED DATETIME, conversions: LIST OF STRING, outbound: LIST OF STRING, first: INTEGER
// returns:    position: INTEGER, channels: LIST OF STRING, began: LIST OF INTEGER, responded: LIST OF INTEGER, won: LIST OF MAP, zone: STRING
// locks:      none
// cost:       O(people × (identifiers + their last events wanted))
// idempotent: yes
// plan:       once
UNWIND range(0, size($profiles) - 1) AS position
WITH position, $profiles[position] AS id
MATCH (named:Identifier {born_as: id})
USING INDEX SEEK named:Identifier(born_as)
MATCH (named)-[:IDENTIFIES]->(p:Profile)
MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
WITH position, collect(i) AS members
// What happened on a device that several people used may be somebody's who was named there before.
WHERE any(own IN members WHERE own.last_seen >= $since OR EXISTS {
  MATCH (own)-[:SEEN_WITH|NAMED_WITH]-(d:Identifier)
  WHERE d.last_seen >= $since
})
CALL (members) {
  WITH
    [i IN members | i.key] AS keys, $since AS since, $until AS until,
    datetime('9999-12-31T00:00Z') AS after_at, '' AS after_id, null AS names, null AS channels
  // include: journey_desc
  WITH e
  ORDER BY e.at, e.message_id
  RETURN collect(e) AS events
}
CALL (events) {
  // include: sessions
  WITH place, session, session[0] AS first
  ORDER BY first.at, first.message_id
  RETURN collect({
    channel: coalesce(CASE
      WHEN first.traffic_source IS NULL AND place = '' THEN 'direct'
      ELSE first.channel
    END, '(not set)'),
    began: first.at.epochMillis,
    responded: head([
      e IN session WHERE NOT coalesce(e.name, '') IN $outbound | e.at.epochMillis
    ])
  }) AS visits
}
WITH position, events, visits, COLLECT {
  UNWIND members AS i
  MATCH (i)-[:HAS]->(t)
  WHERE t.name = 'timezone' AND t.value IS NOT NULL
  RETURN t.value
  ORDER BY t.at DESC
  LIMIT 1
}[0] AS said
RETURN
  position,
  [v IN visits | v.channel] AS channels,
  [v IN visits | v.began] AS began,
  [v IN visits | v.responded] AS responded,
  [e IN events WHERE e.name IN $conversions | {name: e.name, at: e.at.epochMillis}] AS won,
  toStringOrNull(coalesce(
    [e IN events WHERE e.context_timezone IS NOT NULL | e.context_timezone][-1], said
  )) AS zone
