// What an event says of itself has these names now; what was sent under them is kept as any other
// property whose name is taken.
MATCH (e:Event)
WHERE e.traffic_source IS NOT NULL
  OR e.traffic_medium IS NOT NULL
  OR e.traffic_campaign IS NOT NULL
SET
  e.properties_traffic_source = coalesce(e.traffic_source, e.properties_traffic_source),
  e.properties_traffic_medium = coalesce(e.traffic_medium, e.properties_traffic_medium),
  e.properties_traffic_campaign = coalesce(e.traffic_campaign, e.properties_traffic_campaign)
REMOVE e.traffic_source, e.traffic_medium, e.traffic_campaign;
