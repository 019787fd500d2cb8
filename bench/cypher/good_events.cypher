// How many of the good messages are there, and how many identifiers are not of just one profile.
CALL () {
  MATCH (e:Event)-[:BY]->(i:Identifier)
  WHERE e.message_id STARTS WITH 'good-' AND i.key = 'user_id:' + e.message_id
  RETURN count(DISTINCT e.message_id) AS good
}
CALL () {
  MATCH (i:Identifier)
  WHERE COUNT { (i)-[:IDENTIFIES]->(:Profile) } <> 1
  RETURN count(i) AS astray
}
RETURN good, astray
