// purpose:    The next events, by their message ids, each with the channel of its source; and how
//             many there are in all.
// mode:       read
// params:     after: STRING, size: INTEGER
// returns:    events: LIST OF MAP, total: INTEGER
// locks:      none
// cost:       O(size)
// idempotent: yes
CALL () {
  MATCH (e:Event)
  WHERE e.message_id > $after
  WITH e
  ORDER BY e.message_id
  LIMIT $size
  RETURN collect(e) AS page
}
RETURN
  [e IN page | {
    node: e {.*, at: null, received_at: null},
    channel: [(e)-[:FROM]->(s) | s.channel][0]
  }] AS events,
  COUNT { MATCH (:Event) } AS total
