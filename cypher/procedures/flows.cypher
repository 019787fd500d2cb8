// purpose:    How many people go from which touchpoint to which on their way to a conversion, or to
//             none: nodes and links, ready for a Sankey diagram. A node is a touchpoint, told by
//             channel, source, campaign or device, in a step of its own, so nothing goes back; a
//             path ends in `(converted)` or `(not converted)`. The paths are those of `paths`.
// mode:       read
// params:     conversion: STRING, by: STRING = 'channel', steps: INTEGER = 5, since: ZONED DATETIME = null, until: ZONED DATETIME = null, lookback_days: INTEGER = 30, most: INTEGER = 100, conditions: LIST OF MAP = [], consent: STRING = null, transforms: LIST OF STRING = null, profiles: LIST OF STRING = null, first: INTEGER = 2147483647
// returns:    nodes: LIST OF MAP, links: LIST OF MAP
// locks:      none
// cost:       O(events of the people)
// idempotent: yes
// plan:       once
// public:     yes
// include: people
// include: paths
// include: flows
// Each node once, with the flows that begin and end there; and its number.
WITH collect({step: step, from: from, to: to, paths: paths}) AS flows
CALL (flows) {
  UNWIND range(0, size(flows) - 1) AS flow
  UNWIND [[flows[flow].step, flows[flow].from, 0], [flows[flow].step + 1, flows[flow].to, 1]] AS end
  WITH end[0] AS step, end[1] AS name, collect([flow, end[2]]) AS ends
  ORDER BY step, name
  RETURN collect({step: step, name: name, ends: ends}) AS ends
}
CALL (flows, ends) {
  UNWIND range(0, size(ends) - 1) AS id
  UNWIND ends[id].ends AS end
  WITH
    flows[end[0]] AS flow,
    max(CASE end[1] WHEN 0 THEN id END) AS source,
    max(CASE end[1] WHEN 1 THEN id END) AS target
  ORDER BY flow.step, flow.paths DESC, source, target
  RETURN collect({source: source, target: target, paths: flow.paths}) AS links
}
RETURN
  [id IN range(0, size(ends) - 1) | {id: id, step: ends[id].step, name: ends[id].name}] AS nodes,
  links
