// purpose:    Who was this at a time: the profile that the identifier was in then, by its id, with
//             the identifiers that were in it, and the profile that it is in now. By an identifier
//             (namespace:value), or by any id of a profile. No row: it was not there yet.
// mode:       read
// params:     identifier: STRING, at: ZONED DATETIME
// returns:    profile_id: STRING, identifiers: LIST OF STRING, profile_id_now: STRING
// locks:      none
// cost:       O(identifiers that are, or once were, in a profile of this id, and their changes)
// idempotent: yes
// public:     yes
// plan:       once
WITH $identifier AS wanted
// include: identifier_or_id
// Times are kept in UTC, and Neo4j orders one moment's times by their offsets.
WITH named AS i, datetime({datetime: $at, timezone: 'Z'}) AS moment
WHERE i.stored_at <= moment
// include: id_then
MATCH (i)-[:IDENTIFIES]->(now:Profile)
WITH id_then AS profile_id, moment, now
CALL (profile_id, moment) {
  CALL (profile_id) {
    MATCH (then:Profile {id: profile_id})<-[:IDENTIFIES]-(i:Identifier)
    USING INDEX SEEK then:Profile(id)
    RETURN i
    UNION
    MATCH (i:Identifier)<-[concerns:CONCERNS {was: profile_id}]-(:Change)
    USING INDEX SEEK concerns:CONCERNS(was)
    RETURN i
  }
  WITH i, profile_id, moment
  WHERE i.stored_at <= moment
  // include: id_then
  WITH i.key AS key, profile_id, id_then
  WHERE id_then = profile_id
  WITH key
  ORDER BY key
  RETURN collect(key) AS identifiers
}
RETURN profile_id, identifiers, now.id AS profile_id_now
