// purpose:    All sources by their names, and how many write keys each has.
// mode:       read
// params:     none
// returns:    name: STRING, channel: STRING, keys: INTEGER
// locks:      none
// cost:       O(sources and their keys)
// idempotent: yes
MATCH (s:Source)
RETURN s.id AS name, s.channel AS channel, COUNT { (s)<-[:FOR]-(:Key) } AS keys
ORDER BY name
