// How a path tells the sessions that these events began, by channel.
MATCH (r:Rules {name: 'rules'})
UNWIND $ids AS id
MATCH (e:Event {message_id: id})
MATCH (s:Source {id: e.source})
RETURN id AS message_id, CASE
  WHEN e.traffic_source IS NULL AND s.channel IN r.session_visits THEN 'direct'
  ELSE e.channel
END AS channel
