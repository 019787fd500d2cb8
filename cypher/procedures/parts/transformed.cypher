// purpose: What may be done to a path before anything is made of it, one after the other as they are
//          given: `without_direct` leaves direct visits out, unless a path has nothing else;
//          `collapsed` what is like the one before it; `first_occurrences` has each label once,
//          where it stood first, and `with_counts` that and how often it is there, as in a(3). The
//          set is that of Google's Fractribution.
// takes:   touches: LIST OF MAP, each with LABEL and AT, the oldest first; $transforms
// gives:   transformed, beside it; null where nothing is known by the name of a transform
WITH *, reduce(kept = touches, transform IN coalesce($transforms, []) | CASE transform
  WHEN 'without_direct' THEN CASE
    WHEN all(v IN kept WHERE v.label = 'direct') THEN kept
    ELSE [v IN kept WHERE v.label <> 'direct']
  END
  WHEN 'collapsed' THEN [
    n IN range(0, size(kept) - 1)
    WHERE n = 0 OR kept[n].label <> kept[n - 1].label
    | kept[n]
  ]
  WHEN 'first_occurrences' THEN [
    n IN range(0, size(kept) - 1)
    WHERE NOT kept[n].label IN [v IN kept[..n] | v.label]
    | kept[n]
  ]
  WHEN 'with_counts' THEN [
    n IN range(0, size(kept) - 1)
    WHERE NOT kept[n].label IN [v IN kept[..n] | v.label]
    | {
        label: kept[n].label + '(' + size([v IN kept WHERE v.label = kept[n].label]) + ')',
        at: kept[n].at
      }
  ]
END) AS transformed
