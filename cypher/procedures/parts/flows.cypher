// purpose: How many paths go from one touchpoint to the next, so many steps from the beginning; where
//          a path ends it goes to `(converted)` or `(not converted)`, and so it does after the last
//          step. Each path is in one flow of each step that it has, and ends in one.
// takes:   path, one a row; $steps
// gives:   step (1 is from the first touchpoint), from, to, paths; a row each, in no order
WITH path.touches[..$steps + 1] AS names, CASE
  WHEN path.conversion IS NULL THEN '(not converted)'
  ELSE '(converted)'
END AS ends
UNWIND range(1, size(names)) AS step
WITH step, names[step - 1] AS from, coalesce(names[step], ends) AS to
WITH step, from, to, count(*) AS paths
