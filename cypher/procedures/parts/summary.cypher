// purpose: Say in a sentence why two identifiers are one person, or two.
// takes:   a, b: Identifier, or null; verdict: MAP; unknown: LIST OF STRING
// gives:   summary: STRING
CALL (a, b, verdict, unknown) {
  MATCH (r:Rules {name: 'rules'})
  WITH
    a, b, r, verdict, unknown,
    verdict.reason AS reason,
    a.key + ' and ' + b.key AS both,
    verdict.refused.one + ' and ' + verdict.refused.other AS refused,
    reduce(fewest = verdict.chain[0], link IN verdict.chain |
      CASE WHEN link.count < fewest.count THEN link ELSE fewest END) AS rarest,
    head([link IN verdict.left_out WHERE link.obstacle = verdict.reason]) AS left_out
  WITH
    *,
    both + ' are two people: the link between ' + refused + ' is refused, ' AS is_refused,
    coalesce('; the link between ' + verdict.won.one + ' and ' + verdict.won.other + ' won', '')
      + '.' AS winner
  RETURN CASE reason
    WHEN 'unknown' THEN 'Nothing is known of ' + reduce(all_keys = '', key IN unknown |
      all_keys + CASE all_keys WHEN '' THEN '' ELSE ' and ' END + key) + '.'
    WHEN 'same_identifier' THEN 'Both are the identifier ' + a.key + '.'
    WHEN 'linked' THEN both + ' are one person, by ' + CASE size(verdict.chain)
      WHEN 1 THEN 'the link between them: ' + rarest.kind + ' ' + rarest.count
      ELSE 'a chain of ' + size(verdict.chain) + ' links; the one seen least is between '
        + rarest.one + ' and ' + rarest.other + ': ' + rarest.kind + ' ' + rarest.count
    END + CASE rarest.count WHEN 1 THEN ' time.' ELSE ' times.' END
    WHEN 'separated' THEN both + ' are two people: '
      + coalesce(verdict.separation.actor, 'somebody') + ' said that ' + verdict.separation.one
      + ' and ' + verdict.separation.other + ' are not one person.'
    WHEN 'max_per_profile' THEN is_refused + 'for one person holds at most '
      + verdict.limited.max_per_profile + ' ' + verdict.limited.name + winner
    WHEN 'max_identifiers' THEN is_refused + 'for one person holds at most '
      + r.max_identifiers + ' identifiers' + winner
    WHEN 'device_joins' THEN is_refused + 'for a device that more than ' + r.device_joins
      + ' people used joins none of them' + winner
    WHEN 'shared' THEN both + ' are two people: the link between ' + left_out.one + ' and '
      + left_out.other + ' is left out, for a shared identifier links nobody.'
    WHEN 'kind_none' THEN both + ' are two people: ' + coalesce(
      'the link between ' + left_out.one + ' and ' + left_out.other + ' is left out, for ', ''
    ) + 'one of their namespaces links nobody.'
    WHEN 'no_evidence' THEN both + ' are two people: nothing was ever seen that links them.'
    ELSE 'The rules have changed since it was decided about ' + both + '.'
  END AS summary
}
