// purpose:    By which channel did the way to a goal (an order) begin, by which was it reached, and
//             how many touchpoints lay between? Takes what the same person did on any device;
//             each event of the goal's name counts.
// mode:       read
// params:     goal: STRING = 'Order Completed', days: INTEGER = 30, since: ZONED DATETIME = null
// returns:    first_channel: STRING, goal_channel: STRING, goals: INTEGER, people: INTEGER, median_touchpoints: FLOAT, median_days: FLOAT
// locks:      none
// cost:       O(events of this name, and what their people did in the days before)
// idempotent: yes
// public:     yes
MATCH (goal:Event)
WHERE goal.name = $goal AND goal.at >= coalesce($since, datetime('0001-01-01T00:00:00Z'))
MATCH (:Identifier {key: goal.by})-[:IDENTIFIES]->(p:Profile)
CALL (goal, p) {
  MATCH (p)<-[:IDENTIFIES]-(i:Identifier)
  MATCH (e:Event {by: i.key})
  USING INDEX SEEK e:Event(by, at, message_id)
  WHERE e.at >= goal.at - duration({days: $days}) AND e.at <= goal.at
    AND e.message_id IS NOT NULL
  WITH e
  ORDER BY e.at, e.message_id
  WITH collect(e) AS touchpoints
  RETURN touchpoints[0] AS first, size(touchpoints) AS touchpoints
}
RETURN
  coalesce(first.channel, 'unknown') AS first_channel,
  coalesce(goal.channel, 'unknown') AS goal_channel,
  count(*) AS goals,
  count(DISTINCT p) AS people,
  percentileCont(toFloat(touchpoints), 0.5) AS median_touchpoints,
  round(percentileCont(duration.inSeconds(first.at, goal.at).seconds / 86400.0, 0.5), 1)
    AS median_days
ORDER BY goals DESC, first_channel, goal_channel
