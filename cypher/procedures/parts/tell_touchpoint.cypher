// purpose: A touchpoint as a map. Its time is a moment, and not told again among the properties:
//          what reads it takes longer for a time than for all the rest.
// takes:   e: Event, d: its Device, s: its Source, owner: its identifier as a map where that is not
//          one of the person's own
// gives:   told, beside it
WITH *, {
  message_id: e.message_id,
  type: e.type,
  name: e.name,
  at: [e.at.epochSeconds, e.at.nanosecond],
  channel: e.channel,
  identifier: e.by,
  stranger: owner,
  source: s {.id, .name, .channel},
  device: properties(d),
  node: e {.*, at: null, received_at: null}
} AS told
