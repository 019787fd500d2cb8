// How many events, identifiers and profiles there are, and how many identifiers the largest has.
CALL () {
  MATCH (e:Event)
  RETURN count(e) AS events
}
CALL () {
  MATCH (i:Identifier)
  RETURN count(i) AS identifiers
}
CALL () {
  MATCH (p:Profile)
  RETURN count(p) AS persons, max(COUNT { (p)<-[:IDENTIFIES]-() }) AS largest
}
RETURN events, identifiers, persons, largest
