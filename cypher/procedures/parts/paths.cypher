// purpose: What led people to a conversion, and what led others to none, one session a touchpoint.
//          A path holds the sessions that began in the days before the conversion and after the one
//          before, and the session in which it happened; but none that begins with it. What people
//          did after their last conversion (or without one) is a path that did not convert: what
//          they did in the days before the last of it.
// takes:   p: Profile, one a row; $conversion, $conditions, $by, $since, $until, $lookback_days,
//          $most, $consent, $transforms, $first
// gives:   p, path, a row each, in no order; path.conversion is the Event, or null
WITH
  p,
  coalesce($since, datetime('0001-01-01T00:00Z')) AS begin,
  coalesce($until, datetime('9999-12-30T00:00Z')) AS end
WHERE $consent IS NULL OR coalesce(COLLECT {
  MATCH (p)<-[:IDENTIFIES]-(:Identifier)-[:GAVE]->(c:Consent {purpose: $consent})
  RETURN c.granted
  ORDER BY c.at DESC, c.granted
  LIMIT 1
}[0], false)
CALL (p, begin, end) {
  MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
  WITH
    collect(i.key) AS keys,
    // A day earlier, so that a session is not taken for one that began where reading begins.
    CASE
      WHEN begin.year < 3 THEN begin
      ELSE begin - duration({days: $lookback_days + 1})
    END AS since,
    end AS until, datetime('0001-01-01T00:00Z') AS after_at, '' AS after_id, null AS names,
    null AS channels
  // include: journey_asc
  RETURN collect(e) AS events
}
CALL (events) {
  // include: sessions
  WITH session[0] AS first, session[-1].at.epochMillis AS ended_at, place
  ORDER BY first.at, first.message_id
  RETURN collect({
    id: first.message_id,
    at: first.at.epochMillis,
    ended_at: ended_at,
    label: coalesce(CASE $by
      WHEN 'channel' THEN CASE
        WHEN first.traffic_source IS NULL AND place = '' THEN 'direct'
        ELSE first.channel
      END
      WHEN 'source' THEN coalesce(first.traffic_source, first.source)
      WHEN 'campaign' THEN first.traffic_campaign
      WHEN 'device' THEN COLLECT {
        MATCH (d:Device {id: first.device})
        USING INDEX SEEK d:Device(id)
        RETURN d.kind
      }[0]
    END, '(not set)')
  }) AS visits
}
WITH p, visits, 86400000 * $lookback_days AS lookback, begin.epochMillis AS begin, [
  e IN events
  WHERE e.name = $conversion AND e.at >= begin AND all(c IN $conditions WHERE coalesce(
    CASE c.is
      WHEN 'equal' THEN e[c.name] = c.value
      WHEN 'in' THEN e[c.name] IN c.value
      WHEN 'at_least' THEN e[c.name] >= c.value
      WHEN 'below' THEN e[c.name] < c.value
    END, false))
  | {id: e.message_id, at: e.at.epochMillis, event: e}
] AS conversions
CALL (visits, conversions, lookback, begin) {
  UNWIND range(0, size(conversions) - 1) AS n
  WITH
    visits, lookback, conversions[n] AS conversion,
    CASE n WHEN 0 THEN -1.0e18 ELSE conversions[n - 1].at END AS previous
  RETURN conversion, conversion.at AS ends, [
    v IN visits
    WHERE v.at <= conversion.at AND v.id <> conversion.id AND v.at >= conversion.at - lookback
      AND (v.at > previous OR v.ended_at >= conversion.at)
  ] AS touches
  UNION ALL
  WITH visits, lookback, begin, coalesce(conversions[-1].at, begin - 1) AS previous
  WITH lookback, [v IN visits WHERE v.at > previous] AS left
  WHERE left <> []
  RETURN null AS conversion, left[-1].at AS ends, [
    v IN left WHERE v.at >= left[-1].at - lookback
  ] AS touches
}
WITH p, conversion, ends, touches[-$most..] AS touches
// include: transformed
WITH p, {
  profile_id: p.id,
  conversion: conversion.event,
  at: ends,
  touches: [v IN transformed | v.label],
  before: [v IN transformed | (ends - v.at) / 1000]
} AS path
