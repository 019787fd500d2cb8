// purpose: Take links in order; each joins the clusters of its two ends, unless a limit forbids it.
//          Step 3 of the rule in "Evidence and decisions", as service/identity/partition.py has it.
// takes:   is: LIST OF MAP, what each identifier is, by position; links: LIST OF MAP, the strongest
//          first; limits, separations: LIST OF MAP; overused: LIST OF INTEGER; r: Rules
// gives:   joined: MAP of the cluster OF each position, and the links TAKEN and REFUSED, by number
CALL (is, links, limits, separations, overused, r) {
  RETURN reduce(
    state = {of: range(0, size(is) - 1), taken: [], refused: []}, link IN links |
    CASE
      WHEN state.of[link.a] = state.of[link.b] THEN state
      ELSE head([
        pair IN [[state.of[link.a], state.of[link.b]]] |
        head([
          reason IN [CASE
            WHEN any(s IN separations WHERE state.of[s.a] <> state.of[s.b]
              AND state.of[s.a] IN pair AND state.of[s.b] IN pair)
              THEN 'separated'
            WHEN any(limit IN limits WHERE
              size([p IN limit.positions WHERE state.of[p] IN pair]) > limit.most)
              THEN 'max_per_profile'
            WHEN size([cluster IN state.of WHERE cluster IN pair]) > r.max_identifiers
              THEN 'max_identifiers'
            WHEN (link.a IN overused OR link.b IN overused)
              AND all(cluster IN pair WHERE
                any(p IN range(0, size(is) - 1) WHERE state.of[p] = cluster AND is[p].person))
              THEN 'device_joins'
            ELSE ''
          END] |
          CASE reason
            WHEN '' THEN {
              of: [cluster IN state.of | CASE cluster WHEN pair[1] THEN pair[0] ELSE cluster END],
              taken: state.taken + [link.number],
              refused: state.refused
            }
            ELSE {
              of: state.of,
              taken: state.taken,
              refused: state.refused + [{link: link.number, reason: reason}]
            }
          END
        ])
      ])
    END
  ) AS joined
}
