// purpose:    One change, by its id.
// mode:       read
// params:     change_id: STRING
// returns:    id: STRING, kind: STRING, at: ZONED DATETIME, actor: STRING, cause: STRING, rule: STRING, reason: STRING, profiles: LIST OF STRING, identifiers: LIST OF MAP, withdraws: STRING, withdrawn_by: STRING
// locks:      none
// cost:       O(identifiers that it concerns); of one by hand, O(changes of its two identifiers)
// idempotent: yes
MATCH (c:Change {id: $change_id})
// include: tell_change
RETURN
  told.id AS id,
  told.kind AS kind,
  told.at AS at,
  told.actor AS actor,
  told.cause AS cause,
  told.rule AS rule,
  told.reason AS reason,
  told.profiles AS profiles,
  told.identifiers AS identifiers,
  told.withdraws AS withdraws,
  told.withdrawn_by AS withdrawn_by
