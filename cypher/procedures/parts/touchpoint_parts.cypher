// purpose: Where a touchpoint happened and who sent it, if that is among the parts.
// takes:   e: Event, $parts
// gives:   d: its Device, s: its Source; null where that is not asked for
OPTIONAL MATCH (d:Device {id: CASE WHEN 'device' IN $parts THEN e.device END})
USING INDEX SEEK d:Device(id)
OPTIONAL MATCH (s:Source {id: CASE WHEN 'source' IN $parts THEN e.source END})
USING INDEX SEEK s:Source(id)
