// purpose: Tell who said that two are not one person, when and why.
// takes:   apart: SEPARATED_FROM, or null
// gives:   separation: MAP, or null
CALL (apart) {
  OPTIONAL MATCH (c:Change {id: apart.change_id})
  USING INDEX SEEK c:Change(id)
  RETURN CASE WHEN apart IS NOT NULL THEN {
    one: startNode(apart).key, other: endNode(apart).key, at: apart.at, change_id: c.id,
    actor: c.actor, reason: c.reason
  } END AS separation
}
