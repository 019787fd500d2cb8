// A visit, sent by @rudderstack/rudder-sdk-node of which only data plane and key are set.
import Analytics from "@rudderstack/rudder-sdk-node";

const [dataPlaneUrl, writeKey] = process.argv.slice(2);
const analytics = new Analytics(writeKey, { dataPlaneUrl });
const both = { userId: "ann-7", anonymousId: "cookie-1" };
analytics.page({ anonymousId: "cookie-1", name: "Home", properties: { path: "/" } });
analytics.identify({ ...both, traits: { email: "Ann@Example.com", plan: "gold" } });
analytics.track({ ...both, event: "Order Completed", properties: { order_id: "W-1", total: 29.9 } });
analytics.group({ ...both, groupId: "acme", traits: { name: "Acme" } });
analytics.alias({ previousId: "cookie-0", userId: "ann-7" });
await analytics.flush();
