// purpose:    What led people to a conversion, over all devices, and what led others to none: one
//             session a touchpoint, told by channel, source, campaign or device. A conversion is an
//             event of this name, and where wanted with properties (conditions, as in
//             {name: 'total', is: 'at_least', value: 50}; also equal, in, below). Converted paths
//             have a time, a value and its currency; `before` are the seconds from each touchpoint
//             to the conversion, or to the last touchpoint of a path without one. Transforms are
//             done in their order: without_direct, collapsed, first_occurrences, with_counts.
// mode:       read
// params:     conversion: STRING, by: STRING = 'channel', since: ZONED DATETIME = null, until: ZONED DATETIME = null, lookback_days: INTEGER = 30, most: INTEGER = 100, value: STRING = null, conditions: LIST OF MAP = [], consent: STRING = null, profiles: LIST OF STRING = null, first: INTEGER = 2147483647, transforms: LIST OF STRING = null
// returns:    profile_id: STRING, converted: BOOLEAN, at: ZONED DATETIME, value: FLOAT, currency: STRING, touches: LIST OF STRING, before: LIST OF INTEGER
// locks:      none
// cost:       O(events of the people)
// idempotent: yes
// plan:       once
// public:     yes
// include: people
// include: paths
RETURN
  path.profile_id AS profile_id,
  path.conversion IS NOT NULL AS converted,
  datetime({epochMillis: path.at}) AS at,
  toFloatOrNull(path.conversion[$value]) AS value,
  path.conversion.currency AS currency,
  path.touches AS touches,
  path.before AS before
ORDER BY profile_id, at, converted
