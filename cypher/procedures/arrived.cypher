// purpose:    The events that name one of these identifiers and were received at this time or later.
// mode:       read
// params:     keys: LIST OF STRING, since: ZONED DATETIME
// returns:    message_id: STRING, at: ZONED DATETIME, received_at: ZONED DATETIME
// locks:      none
// cost:       O(events of the identifiers): there is no index of when they were received, because
//             every message would pay for it
// idempotent: yes
// plan:       once
UNWIND $keys AS key
MATCH (i:Identifier {key: key})<-[:BY|NAMES]-(e)
USING INDEX SEEK i:Identifier(key)
WHERE e.received_at >= $since
RETURN DISTINCT e.message_id AS message_id, e.at AS at, e.received_at AS received_at
