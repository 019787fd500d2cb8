// purpose: To whom an event goes that names only devices or cookies which several people used: to
//          the one last recognised on any of them before it, else to the first one after; on a
//          shared one within the same visit alone.
// takes:   e, settled (whether nobody needs to ask), people, things
// gives:   recognised (a key of that person; null when the event stays with its own identifier)
CALL (e, settled, people, things) {
  UNWIND CASE WHEN settled THEN [] ELSE [e] END AS judged
  MATCH (judged)-[:BY|NAMES]->(d)
  WHERE d.namespace IN people OR d.namespace IN things
  // include: used_by_several
  WITH e, people, things, collect(d) AS on, collect(several AND d.namespace IN things) AS fit
  UNWIND CASE WHEN all(it IN fit WHERE it) THEN on ELSE [] END AS d
  WITH d, people, things, e.at AS moment
  // include: recognised
  UNWIND [[before, before.at, moment], [after, moment, after.at]] AS between
  WITH d, people, things, moment, between[0] AS r, between[1] AS from_at, between[2] AS to_at
  WHERE r IS NOT NULL
  // include: visit_ends
  WITH moment, r
  WHERE ends IS NULL
  WITH moment, r
  ORDER BY r.at, r.message_id
  WITH collect(CASE WHEN r.at <= moment THEN r.by END) AS earlier,
    collect(CASE WHEN r.at > moment THEN r.by END) AS later
  RETURN coalesce(earlier[-1], later[0]) AS recognised
}
