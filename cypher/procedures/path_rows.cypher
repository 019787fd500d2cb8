// purpose:    What led people to a conversion, and what led others to none, as `paths` tells it, for
//             whoever reads everybody's: in one list, since each row costs its reader more than what
//             is in it. A path is [profile_id, converted, at in ms since 1970, value, currency,
//             touches, before].
// mode:       read
// params:     conversion: STRING, by: STRING, since: ZONED DATETIME, until: ZONED DATETIME, lookback_days: INTEGER, most: INTEGER, value: STRING, conditions: LIST OF MAP, consent: STRING, transforms: LIST OF STRING, profiles: LIST OF STRING, first: INTEGER
// returns:    paths: LIST OF LIST
// locks:      none
// cost:       O(events of the people)
// idempotent: yes
// plan:       once
// include: people
// include: paths
WITH path, path.conversion IS NOT NULL AS converted
ORDER BY path.profile_id, path.at, converted
RETURN collect([
  path.profile_id, converted, path.at, toFloatOrNull(path.conversion[$value]),
  path.conversion.currency, path.touches, path.before
]) AS paths
