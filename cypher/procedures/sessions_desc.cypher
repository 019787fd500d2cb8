// purpose:    The last sessions of each of these profiles, by the keys of its identifiers: of its last
//             events before a time. Says how many events were read; where that is as many as were
//             wanted, what was before them has a say in the sessions that are not settled.
// mode:       read
// params:     profiles: LIST OF LIST OF STRING, until: ZONED DATETIME, first: INTEGER
// returns:    position: INTEGER, events: INTEGER, sessions: LIST OF MAP
// locks:      none
// cost:       O(profiles × (identifiers + events wanted))
// idempotent: yes
// plan:       once
UNWIND range(0, size($profiles) - 1) AS position
CALL (position) {
  WITH
    $profiles[position] AS keys, datetime('0001-01-01T00:00Z') AS since, $until AS until,
    datetime('9999-12-31T00:00Z') AS after_at, '' AS after_id, null AS names, null AS channels
  // include: journey_desc
  WITH e
  ORDER BY e.at, e.message_id
  WITH collect(e) AS events
  CALL (events) {
    // include: sessions
    // include: tell_session
    RETURN collect(told {.*, settled: settled}) AS sessions
  }
  RETURN size(events) AS events, sessions
}
RETURN position, events, sessions
