// purpose: A session as a map: how somebody came, when, where and on what.
// takes:   place: STRING, session: LIST OF Event, the oldest first
// gives:   told, beside them
WITH *, session[0] AS first, session[-1] AS last
WITH *, {
  id: first.message_id,
  started_at: [first.at.epochSeconds, first.at.nanosecond],
  ended_at: [last.at.epochSeconds, last.at.nanosecond],
  channel: CASE
    WHEN first.traffic_source IS NULL AND place = '' THEN 'direct'
    ELSE first.channel
  END,
  traffic_source: first.traffic_source,
  traffic_medium: first.traffic_medium,
  traffic_campaign: first.traffic_campaign,
  landing_page: head([e IN session WHERE e.type = 'page' | e.context_page_url]),
  exit_page: [e IN session WHERE e.type = 'page' | e.context_page_url][-1],
  touchpoints: size(session),
  source: first.source,
  devices: COLLECT {
    UNWIND session AS e
    WITH DISTINCT e.device AS id
    MATCH (d:Device {id: id})
    USING INDEX SEEK d:Device(id)
    RETURN properties(d)
  }
} AS told
