// purpose: Events as sessions. A session ends when nothing happened for as long as the rules say, and
//          when an event tells that somebody came another way (a new campaign begins a new session).
//          What a source reports that nobody visits (tills, mails: the rules say which ones are
//          visited) is in sessions of its own, and neither begins nor ends a visit.
// takes:   events: LIST OF Event, the oldest first, and all there are from the first of them on
// gives:   place: STRING (the source that nobody visits, else ''), session: LIST OF Event, the
//          oldest first, settled: BOOLEAN (whether what came before `events` has no say in it); one
//          row for each
CALL (events) {
  MATCH (r:Rules {name: 'rules'})
  WITH events, events[0].at.epochMillis AS oldest, 1000 * r.session_pause AS pause, COLLECT {
    MATCH (s:Source)
    WHERE s.channel IS NOT NULL AND NOT s.channel IN r.session_visits
    RETURN s.id
  } AS unvisited
  UNWIND events AS e
  WITH e, oldest, pause, CASE WHEN e.source IN unvisited THEN e.source ELSE '' END AS place
  WHERE e.type IN ['page', 'screen', 'track']
  WITH place, oldest, pause, collect({
    e: e,
    at: e.at.epochMillis,
    came: CASE WHEN e.traffic_source IS NOT NULL THEN
      e.traffic_source + '\n' + coalesce(e.traffic_medium, '') + '\n'
        + coalesce(e.traffic_campaign, '')
    END
  }) AS done
  // Only these may begin a session; and what somebody came by is that of the last of them.
  WITH place, oldest, pause, done, [
    n IN range(0, size(done) - 1)
    WHERE n = 0 OR done[n].came IS NOT NULL OR done[n].at - done[n - 1].at >= pause
  ] AS marks
  WITH place, done, [
    m IN marks
    WHERE CASE m WHEN 0 THEN done[0].at - oldest ELSE done[m].at - done[m - 1].at END >= pause
  ][0] AS after_pause, [
    k IN range(0, size(marks) - 1)
    WHERE k = 0 OR done[marks[k]].at - done[marks[k] - 1].at >= pause
      OR done[marks[k]].came <> coalesce(done[marks[k - 1]].came, '')
    | marks[k]
  ] AS begins
  UNWIND range(0, size(begins) - 1) AS k
  RETURN
    place,
    [one IN done[begins[k] .. coalesce(begins[k + 1], size(done))] | one.e] AS session,
    coalesce(begins[k] >= after_pause, false) AS settled
}
