// What these people did, read plainly: nothing is made of it.
UNWIND $profiles AS id
MATCH (p:Profile {id: id})<-[:IDENTIFIES]-(i:Identifier)
CALL (i) {
  MATCH (e:Event)
  USING INDEX SEEK e:Event(by, at, message_id)
  WHERE e.by = i.key AND e.at IS NOT NULL AND e.message_id IS NOT NULL
  RETURN e
}
RETURN collect([
  p.id, e.at.epochMillis, e.message_id, e.type, e.name, e.channel, e.traffic_source,
  e.traffic_medium, e.traffic_campaign, e.total
]) AS events
