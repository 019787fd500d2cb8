// purpose: A touchpoint as a list, for maps tell their keys each time; and with no time in it, but its
//          seconds since 1970 and nanoseconds: what reads it takes longer for a time than for all
//          the rest. What is not among the parts is null.
// takes:   e: Event, d: its Device, s: its Source, owner: its identifier as a map where that is not
//          one of the person's own, $parts
// gives:   told, beside it
WITH *, [
  e.message_id, e.type, e.name, e.at.epochSeconds, e.at.nanosecond, e.channel, e.by,
  owner,
  s {.id, .name, .channel},
  d {.*, seen_at: null},
  CASE WHEN 'properties' IN $parts THEN e {.*, at: null, received_at: null} END
] AS told
