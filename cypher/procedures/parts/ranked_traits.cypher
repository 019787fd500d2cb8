// purpose: Rank what was said of each trait by the merge policy of the rules, the winner first.
//          Nowhere else is that decided.
// takes:   holders: LIST OF Identifier or Account
// gives:   in order holder, and said: MAP of NAME, VALUE or VALUE_JSON, SOURCE, AT and POLICY
OPTIONAL MATCH (r:Rules {name: 'rules'})
WITH
  holders,
  r.merge_policy AS usual,
  coalesce(r.merge_trust, []) AS trusted,
  coalesce(r.merge_traits, []) AS special,
  r.merge_policies AS policies
UNWIND holders AS holder
MATCH (holder)-[:HAS]->(t:Trait)
WITH *, coalesce(
  head([n IN range(0, size(special) - 1) WHERE special[n] = t.name | policies[n]]), usual, 'trust'
) AS policy
WITH
  *,
  // What was said once is the first as well.
  CASE WHEN policy = 'first' AND t.first_at IS NOT NULL
    THEN t {
      .name, .source, value: t.first_value, value_json: t.first_value_json, at: t.first_at,
      policy: policy
    }
    ELSE t {.name, .source, .value, .value_json, .at, policy: policy}
  END AS said,
  CASE WHEN policy = 'most_frequent' THEN COUNT {
    UNWIND holders AS another
    MATCH (another)-[:HAS]->(o:Trait)
    // Of one type, too: Cypher takes 1 and 1.0 for one value.
    WHERE o.name = t.name AND valueType(o.value) = valueType(t.value)
      AND (o.value = t.value OR o.value_json = t.value_json)
  } END AS held,
  CASE WHEN NOT policy IN ['latest', 'first'] THEN coalesce(
    head([n IN range(0, size(trusted) - 1) WHERE trusted[n] = t.source | n]), size(trusted)
  ) END AS distrust
// Ties are left to names, and never to the order in which things were stored.
ORDER BY
  said.name, held DESC, distrust, CASE policy WHEN 'first' THEN said.at END, said.at DESC,
  said.source, holder.key
