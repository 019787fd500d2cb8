// purpose: Find and lock the two identifiers that somebody names, and say what is wrong with them.
// takes:   $one, $other: STRING, keys; $reason: STRING
// gives:   a, b: Identifier, the lesser key first, locked; problem: STRING, or null
CALL () {
  UNWIND [0, 1] AS position
  WITH position, [$one, $other][position] AS wanted
  // include: identifier
  WITH found
  ORDER BY position
  RETURN collect({found: found}) AS named
}
WITH named[0].found AS first, named[1].found AS second
WITH
  CASE WHEN first.key < second.key THEN first ELSE second END AS a,
  CASE WHEN first.key < second.key THEN second ELSE first END AS b,
  CASE
    WHEN first IS NULL AND second IS NULL THEN 'unknown: ' + $one + ', ' + $other
    WHEN first IS NULL THEN 'unknown: ' + $one
    WHEN second IS NULL THEN 'unknown: ' + $other
    WHEN first = second THEN 'same'
    WHEN trim(coalesce($reason, '')) = '' THEN 'no_reason'
  END AS problem
CALL (a, b, problem) {
  UNWIND CASE WHEN problem IS NULL THEN [a, b] ELSE [] END AS end
  REMOVE end.locked
}
