// purpose:    Find a source by its name.
// mode:       read
// params:     source: STRING
// returns:    name: STRING, channel: STRING
// locks:      none
// cost:       O(1)
// idempotent: yes
MATCH (s:Source {id: $source})
RETURN s.id AS name, s.channel AS channel
