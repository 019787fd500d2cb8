// Every check of the GraphQL over HTTP specification, by the audit of its reference implementation.
// What is not in order is printed, a line for each; the number of all checks is last.
import { auditServer } from "graphql-http";

const [url, key] = process.argv.slice(2);
const results = await auditServer({
  url: `${url}/graphql`,
  fetchFn: (where, init = {}) =>
    fetch(where, { ...init, headers: { ...init.headers, Authorization: `Bearer ${key}` } }),
});
for (const one of results.filter((result) => result.status !== "ok")) {
  console.log(`${one.status}: ${one.id} ${one.name}: ${one.reason}`);
}
console.log(`${results.length} checks`);
