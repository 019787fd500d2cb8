// purpose: The last events of a person, the newest first, before a given one: those of their own
//          identifiers, and those on devices that several people used while it was them.
// takes:   keys, since, until, after_at, after_id, names, channels, $first
// gives:   e, the newest first, $first at most
// include: kinds
// include: used
WITH
  *,
  [key IN keys WHERE NOT key IN [d IN used | d.key]] AS sure,
  [d IN used WHERE d.key IN keys] AS unsure,
  CASE WHEN after_at < until THEN after_at + duration({nanoseconds: 1}) ELSE until END AS hi
CALL (sure, since, hi, after_at, after_id, names, channels) {
  UNWIND sure AS key
  CALL (key, since, hi, after_at, after_id, names, channels) {
    MATCH (e:Event)
    USING INDEX SEEK e:Event(by, at, message_id)
    WHERE e.by = key AND e.at >= since AND e.at < hi AND e.message_id IS NOT NULL
      AND CASE WHEN e.at = after_at THEN e.message_id < after_id ELSE true END
      AND (names IS NULL OR e.name IN names) AND (channels IS NULL OR e.channel IN channels)
    RETURN e
    ORDER BY e.by DESC, e.at DESC, e.message_id DESC
    LIMIT $first
  }
  WITH e
  ORDER BY e.at DESC, e.message_id DESC
  LIMIT $first
  RETURN collect(e) AS own
}
// What is before the last of a full page is not on it.
WITH *, CASE WHEN size(own) < $first THEN since ELSE own[-1].at END AS lo
CALL (keys, used, unsure, own, lo, hi, after_at, after_id, names, channels, people, things) {
  UNWIND own AS e
  RETURN e
  UNION
  // What also names a device that is only this person's is theirs.
  UNWIND [k IN unsure WHERE NOT k.shared] AS k
  MATCH (k)-[:SEEN_WITH|NAMED_WITH]-(d)
  WHERE d.namespace IN people OR d.namespace IN things
  WITH DISTINCT k, d, lo, hi, after_at, after_id, names, channels, people, things
  // include: used_by_several
  WITH *
  WHERE d.namespace IN people OR NOT several
  CALL (k, d, lo, hi, after_at, after_id, names, channels) {
    MATCH (e:Event)-[n:NAMES]->()
    USING INDEX SEEK n:NAMES(identifier, by_namespace, at)
    WHERE n.identifier = d.key AND n.by_namespace = k.namespace AND n.at >= lo AND n.at < hi
      AND e.by = k.key
      AND CASE WHEN n.at = after_at THEN e.message_id < after_id ELSE true END
      AND (names IS NULL OR e.name IN names) AND (channels IS NULL OR e.channel IN channels)
    RETURN e
    ORDER BY n.identifier DESC, n.by_namespace DESC, n.at DESC, e.message_id DESC
    LIMIT $first
  }
  RETURN e
  UNION
  CALL (keys, used, unsure, lo, hi, people, things) {
    // include: stays
    UNWIND [null] + things AS namespace
    RETURN d, namespace, stays, false AS left
    UNION ALL
    // Where nobody is recognised an event is its identifier's. Somebody nearly always is, but for
    // a shared one.
    UNWIND unsure AS d
    WITH d, lo, hi, people
    WHERE d.shared OR NOT EXISTS {
      UNWIND people AS namespace
      MATCH ()-[n:NAMES]->()
      USING INDEX SEEK n:NAMES(identifier, by_namespace, at)
      WHERE n.identifier = d.key AND n.by_namespace = namespace AND n.at IS NOT NULL
    }
    RETURN d, null AS namespace, [[lo, hi]] AS stays, true AS left
  }
  // Stays are in order and apart, so the last events are in the last of them: no more is read.
  CALL (d, namespace, stays, left, keys, after_at, after_id, names, channels, people, things) {
    UNWIND reverse(stays) AS stay
    CALL (d, namespace, stay, after_at, after_id, names, channels) {
      UNWIND CASE WHEN namespace IS NULL THEN [d.key] ELSE [] END AS key
      CALL (key, stay, after_at, after_id, names, channels) {
        MATCH (e:Event)
        USING INDEX SEEK e:Event(by, at, message_id)
        WHERE e.by = key AND e.at >= stay[0] AND e.at < stay[1] AND e.message_id IS NOT NULL
          AND CASE WHEN e.at = after_at THEN e.message_id < after_id ELSE true END
          AND (names IS NULL OR e.name IN names) AND (channels IS NULL OR e.channel IN channels)
        RETURN e
        ORDER BY e.by DESC, e.at DESC, e.message_id DESC
      }
      RETURN e
      UNION ALL
      UNWIND CASE WHEN namespace IS NULL THEN [] ELSE [d.key] END AS key
      CALL (key, namespace, stay, after_at, after_id, names, channels) {
        MATCH (e:Event)-[n:NAMES]->()
        USING INDEX SEEK n:NAMES(identifier, by_namespace, at)
        WHERE n.identifier = key AND n.by_namespace = namespace
          AND n.at >= stay[0] AND n.at < stay[1]
          AND CASE WHEN n.at = after_at THEN e.message_id < after_id ELSE true END
          AND (names IS NULL OR e.name IN names) AND (channels IS NULL OR e.channel IN channels)
        RETURN e
        ORDER BY n.identifier DESC, n.by_namespace DESC, n.at DESC, e.message_id DESC
      }
      RETURN e
    }
    // What names nothing else is the person's of the stay.
    WITH *, NOT left AND namespace IS NULL AND NOT EXISTS { (e)-[:NAMES]->() } AS settled
    // include: whose
    WITH e, recognised, settled, left, keys
    WHERE settled OR CASE WHEN left THEN recognised IS NULL ELSE recognised IN keys END
    RETURN e
    LIMIT $first
  }
  RETURN e
}
WITH e
ORDER BY e.at DESC, e.message_id DESC
LIMIT $first
