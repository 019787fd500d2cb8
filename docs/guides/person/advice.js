// What a person can do about each trouble, by its code.

const ADVICE = {
  no_answer: () =>
    "Check the address, and that the service runs. It answers pages elsewhere only if it was " +
    `started with KNOOP_GRAPHQL_ORIGINS=${location.origin}`,
  no_knoop: () => "Something else answers there: check the address and its port.",
  nobody: () =>
    "Check the spelling, and the word before the colon: email, phone, user_id, anonymous_id, …",
  unauthorized: () =>
    "Check the API key; a write key cannot read. A new one: knoop key add NAME --scope personal:read",
  forbidden: () =>
    "Take a key with personal:read, or give the profile's id in place of an identifier: without " +
    "that scope people are found by their ids alone, and what is personal is hidden.",
  rate_limited: () => "Others with this key may be asking, too.",
  unavailable: () => "The database is away. What was shown may be old.",
  timed_out: () => "The service is busy, or this person has very many touchpoints. Try again.",
  untrusted_document: () => "This service runs listed queries alone: add those in queries.js.",
  internal: () => "Tell whoever runs the service; what happened is in its log.",
};

/** What to do, in a sentence or two; empty where the message says it all. */
export function advice({ code, seconds }) {
  const wait = seconds > 0 ? ` Ask again in ${seconds} s.` : "";
  return `${ADVICE[code]?.() ?? ""}${wait}`.trim();
}
