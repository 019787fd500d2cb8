// purpose: Tell a change as people read it.
// takes:   c: Change
// gives:   told: MAP
CALL (c) {
  CALL (c) {
    MATCH (c)-[concerns:CONCERNS]->(i:Identifier)
    WITH concerns, i
    ORDER BY i.key
    RETURN collect({
      key: i.key, namespace: i.namespace, value: i.value,
      was: concerns.was, became: concerns.became
    }) AS identifiers
  }
  CALL (c) {
    WITH c
    WHERE c.kind IN ['linked', 'separated']
    // What takes a change back concerns the same two identifiers.
    MATCH (c)-[:CONCERNS]->(:Identifier)<-[:CONCERNS]-(w:Change)
    WHERE w.withdraws = c.id
    RETURN min(w.id) AS withdrawn_by
  }
  RETURN c {
    .id, .kind, .at, .actor, .rule, .reason, .profiles, .withdraws,
    cause: coalesce(c.message_id, c.change_id, 'rules:' + c.rules),
    identifiers: identifiers,
    withdrawn_by: withdrawn_by
  } AS told
}
