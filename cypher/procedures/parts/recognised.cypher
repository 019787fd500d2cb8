// purpose: The events by which somebody was recognised on a device or cookie, nearest to a time.
// takes:   d, moment, people
// gives:   before: the last one at that time or earlier; after: the first one later; null for none
CALL (d, moment, people) {
  UNWIND people AS namespace
  CALL (d, moment, namespace) {
    MATCH (r:Event)-[n:NAMES]->()
    USING INDEX SEEK n:NAMES(identifier, by_namespace, at)
    WHERE n.identifier = d.key AND n.by_namespace = namespace AND n.at <= moment
    RETURN r
    ORDER BY n.identifier DESC, n.by_namespace DESC, n.at DESC, r.message_id DESC
    LIMIT 1
  }
  WITH r
  ORDER BY r.at DESC, r.message_id DESC
  LIMIT 1
  RETURN head(collect(r)) AS before
}
CALL (d, moment, people) {
  UNWIND people AS namespace
  CALL (d, moment, namespace) {
    MATCH (r:Event)-[n:NAMES]->()
    USING INDEX SEEK n:NAMES(identifier, by_namespace, at)
    WHERE n.identifier = d.key AND n.by_namespace = namespace AND n.at > moment
    RETURN r
    ORDER BY n.identifier, n.by_namespace, n.at, r.message_id
    LIMIT 1
  }
  WITH r
  ORDER BY r.at, r.message_id
  LIMIT 1
  RETURN head(collect(r)) AS after
}
