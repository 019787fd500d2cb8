// purpose: When the visit to a device or cookie ended in which something happened at from_at: the
//          time of the last event before 30 minutes without one. It goes from half-hour to
//          half-hour, so its cost is how long the visit was and not how much happened in it.
// takes:   d, from_at, to_at, people, things
// gives:   ends (null when the visit did not end before to_at, and for what is not shared: it has no
//          visits)
CALL (d, from_at, to_at, people, things) {
  UNWIND CASE
    WHEN d.shared THEN range(0, duration.inSeconds(from_at, to_at).seconds / 1800)
    ELSE []
  END AS half_hour
  WITH from_at + duration({minutes: 30 * half_hour}) AS begins, half_hour
  WITH begins, begins + duration({minutes: 30}) AS next_begins
  CALL (d, to_at, begins, next_begins, people, things) {
    CALL (d, to_at, begins, next_begins, people, things) {
      MATCH (o:Event)
      USING INDEX SEEK o:Event(by, at, message_id)
      WHERE o.by = d.key AND o.at >= begins AND o.at < next_begins AND o.at < to_at
        AND o.message_id IS NOT NULL
      RETURN o.at AS at
      ORDER BY o.by DESC, o.at DESC
      LIMIT 1
      UNION ALL
      UNWIND people + things AS namespace
      CALL (d, to_at, begins, next_begins, namespace) {
        MATCH ()-[n:NAMES]->()
        USING INDEX SEEK n:NAMES(identifier, by_namespace, at)
        WHERE n.identifier = d.key AND n.by_namespace = namespace
          AND n.at >= begins AND n.at < next_begins AND n.at < to_at
        RETURN n.at AS at
        ORDER BY n.identifier DESC, n.by_namespace DESC, n.at DESC
        LIMIT 1
      }
      RETURN at
    }
    RETURN max(at) AS last
  }
  WITH last
  WHERE last IS NOT NULL
    AND NOT EXISTS {
      MATCH (o:Event)
      USING INDEX SEEK o:Event(by, at, message_id)
      WHERE o.by = d.key AND o.at > last AND o.at < last + duration({minutes: 30})
        AND o.message_id IS NOT NULL
    }
    AND NOT EXISTS {
      UNWIND people + things AS namespace
      MATCH ()-[n:NAMES]->()
      USING INDEX SEEK n:NAMES(identifier, by_namespace, at)
      WHERE n.identifier = d.key AND n.by_namespace = namespace
        AND n.at > last AND n.at < last + duration({minutes: 30})
    }
  WITH last
  LIMIT 1
  RETURN head(collect(last)) AS ends
}
