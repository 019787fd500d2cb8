// purpose: When the visit to a device or cookie began in which something happened at to_at: the
//          time of the first event after 30 minutes without one. It goes back from half-hour to
//          half-hour, so its cost is how long the visit was and not how much happened in it.
// takes:   d, from_at, to_at, people, things
// gives:   begins (null when the visit did not begin after from_at, and for what is not shared: it
//          has no visits)
CALL (d, from_at, to_at, people, things) {
  UNWIND CASE
    WHEN d.shared THEN range(0, duration.inSeconds(from_at, to_at).seconds / 1800)
    ELSE []
  END AS half_hour
  WITH to_at - duration({minutes: 30 * half_hour}) AS ends
  WITH ends, ends - duration({minutes: 30}) AS former_ends
  CALL (d, from_at, ends, former_ends, people, things) {
    CALL (d, from_at, ends, former_ends, people, things) {
      MATCH (o:Event)
      USING INDEX SEEK o:Event(by, at, message_id)
      WHERE o.by = d.key AND o.at > former_ends AND o.at > from_at AND o.at <= ends
        AND o.message_id IS NOT NULL
      RETURN o.at AS at
      ORDER BY o.by, o.at
      LIMIT 1
      UNION ALL
      UNWIND people + things AS namespace
      CALL (d, from_at, ends, former_ends, namespace) {
        MATCH ()-[n:NAMES]->()
        USING INDEX SEEK n:NAMES(identifier, by_namespace, at)
        WHERE n.identifier = d.key AND n.by_namespace = namespace
          AND n.at > former_ends AND n.at > from_at AND n.at <= ends
        RETURN n.at AS at
        ORDER BY n.identifier, n.by_namespace, n.at
        LIMIT 1
      }
      RETURN at
    }
    RETURN min(at) AS first
  }
  WITH first
  WHERE first IS NOT NULL
    AND NOT EXISTS {
      MATCH (o:Event)
      USING INDEX SEEK o:Event(by, at, message_id)
      WHERE o.by = d.key AND o.at > first - duration({minutes: 30}) AND o.at < first
        AND o.message_id IS NOT NULL
    }
    AND NOT EXISTS {
      UNWIND people + things AS namespace
      MATCH ()-[n:NAMES]->()
      USING INDEX SEEK n:NAMES(identifier, by_namespace, at)
      WHERE n.identifier = d.key AND n.by_namespace = namespace
        AND n.at > first - duration({minutes: 30}) AND n.at < first
    }
  WITH first
  LIMIT 1
  RETURN head(collect(first)) AS begins
}
