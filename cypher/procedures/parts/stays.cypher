// purpose: When a person was the one that counts on the devices and cookies that several people
//          used: from where they were recognised until somebody is again, and what came before
//          anybody was; on a shared one within the visit alone.
// takes:   keys (of the profile), used, lo, hi (from lo up to, and without, hi), people, things
// gives:   a row for each such device or cookie: d, stays (in order, each [begin, end without it])
CALL (keys, used, lo, hi, people, things) {
  // Around the window's ends and around each recognition of the person in it: who was recognised
  // before, and who after?
  CALL (keys, used, lo, hi, people) {
    UNWIND used AS d
    UNWIND [lo, hi - duration({nanoseconds: 1})] AS moment
    RETURN d, moment
    UNION
    UNWIND [key IN keys WHERE used <> [] AND split(key, ':')[0] IN people] AS key
    MATCH (r:Event)
    USING INDEX SEEK r:Event(by, at, message_id)
    WHERE r.by = key AND r.at >= lo AND r.at < hi AND r.message_id IS NOT NULL
    MATCH (r)-[:NAMES]->(d)
    WHERE d IN used
    UNWIND [r.at, r.at - duration({nanoseconds: 1})] AS moment
    RETURN d, moment
  }
  // include: recognised
  CALL (keys, d, before, after, lo, hi, people, things) {
    WITH
      d, people, things, before.at AS from_at,
      CASE WHEN after.at < hi THEN after.at ELSE hi END AS to_at
    WHERE before.by IN keys
    // include: visit_ends
    RETURN from_at AS begin, coalesce(ends + duration({nanoseconds: 1}), to_at) AS end
    UNION
    WITH
      d, people, things, before, after.at AS to_at,
      coalesce(before.at, datetime('0001-01-01T00:00Z')) AS from_at
    WHERE after.by IN keys
    // include: visit_begins
    WITH d, before, from_at, to_at, begins
    WHERE begins IS NOT NULL OR (before IS NULL AND NOT d.shared)
    RETURN coalesce(begins, from_at) AS begin, to_at AS end
  }
  WITH DISTINCT
    d,
    CASE WHEN begin < lo THEN lo ELSE begin END AS begin,
    CASE WHEN end > hi THEN hi ELSE end END AS end
  WHERE begin < end
  WITH d, begin, end
  ORDER BY begin
  RETURN d, collect([begin, end]) AS stays
}
