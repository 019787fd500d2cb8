// A subscription by the reference client of graphql-transport-ws: prints the first touchpoint that
// is told after one was sent, and who the person is by then.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, key, writeKey, id] = process.argv.slice(2);
const client = createClient({
  url: `${url.replace("http", "ws")}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: `Bearer ${key}` },
});
const touchpoints = client.iterate({
  query: "subscription ($id: ID!) { touchpointAdded(profileId: $id) { name properties } }",
  variables: { id },
});
const changes = client.iterate({
  query: "subscription ($id: ID!) { profileChanged(id: $id) { identifiers { value } } }",
  variables: { id },
});
const told = Promise.all([touchpoints.next(), changes.next()]);
await new Promise((resolve) => client.on("connected", resolve));
// The protocol has no word for: from now on you are told.
await new Promise((resolve) => setTimeout(resolve, 2000));
const answer = await fetch(`${url}/v1/track`, {
  method: "POST",
  headers: { Authorization: `Basic ${btoa(`${writeKey}:`)}` },
  body: JSON.stringify({
    userId: "7", anonymousId: "c", event: "Order Completed", properties: { total: 3 },
  }),
});
console.log(answer.status);
const [touchpoint, change] = (await told).map((one) => one.value.data);
console.log(JSON.stringify(touchpoint.touchpointAdded));
console.log(change.profileChanged.identifiers.map((one) => one.value).sort().join(" "));
await client.dispose();
process.exit(); // Else what is still asked for keeps it from ending.
