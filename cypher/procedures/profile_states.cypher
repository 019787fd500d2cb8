// purpose:    Of each person, by any id that their profile ever had, what is another as soon as
//             anything about them is another: the id, the identifiers, and how many events each of
//             these has. Traits, consents and all else come with an event.
// mode:       read
// params:     ids: LIST OF STRING
// returns:    id: STRING, state: LIST OF STRING
// locks:      none
// cost:       O(identifiers of the profiles): Neo4j keeps count of relationships
// idempotent: yes
// plan:       once
UNWIND $ids AS id
MATCH (named:Identifier {born_as: id})-[:IDENTIFIES]->(p:Profile)
USING INDEX SEEK named:Identifier(born_as)
CALL (p) {
  MATCH (p)<-[:IDENTIFIES]-(i)
  WITH i.key AS key, COUNT { (i)<-[:BY]-() } AS own, COUNT { (i)<-[:NAMES]-() } AS others
  ORDER BY key
  RETURN collect(key + ' ' + own + ' ' + others) AS identifiers
}
RETURN id, [p.id] + identifiers AS state
