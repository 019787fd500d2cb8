// The profile card: who it is, and where each value came from.

import { day, el, moment, plural, shown } from "./draw.js";

const WHY = {
  TRUST: "the most trusted source",
  LATEST: "said last",
  FIRST: "said first",
  MOST_FREQUENT: "said by the most",
  UNION: "all that was said",
};

/** Draw a profile, in place of what was there. */
export function drawCard(card, profile) {
  const isMasked = profile.identifiers.some((one) => one.masked);
  const open = [...card.querySelectorAll("details[open]")].map((one) => one.dataset.name);
  const isFocused = card.contains(document.activeElement);
  const focused = isFocused && document.activeElement.closest("details")?.dataset.name;
  card.replaceChildren(
    head(profile, isMasked),
    isMasked
      ? el("p.notice", {}, "This key lacks personal:read: what is personal is hidden.")
      : "",
    counts(profile),
    part("Identifiers", profile.identifiers, identifiers),
    part("Traits", profile.traits, traits),
    part("Devices", profile.devices, devices),
    part("Accounts", profile.accounts, accounts),
    part("Consents", profile.consents, consents),
    el("div.id", {}, `Profile ${profile.id}`, former(profile.formerIds)),
  );
  // Whoever was reading goes on where they were.
  for (const details of card.querySelectorAll("details")) {
    details.open = open.includes(details.dataset.name);
    if (details.dataset.name === focused) details.querySelector("summary").focus();
  }
}

function head({ person, identifiers }, isMasked) {
  const email = person.email ?? identifiers.find((one) => one.namespace === "email")?.value;
  const name = person.name ?? (isMasked ? "Somebody" : (email ?? "Nobody's name yet"));
  const initials = name.split(/\s+/).map((word) => [...word][0] ?? "");
  return el("header", {},
    el("span.initials", { "aria-hidden": "true" }, initials[0], initials.slice(1).at(-1) ?? ""),
    el("div", {},
      el("h2", { id: "name" }, name),
      el("p", {}, isMasked ? "E-mail hidden" : (email ?? "No e-mail address"))));
}

function counts(profile) {
  const facts = [
    ["First seen", day(profile.firstSeen)],
    ["Last seen", day(profile.lastSeen)],
    ["Touchpoints", profile.all.totalCount.toLocaleString("en")],
    ["Identifiers", String(profile.identifiers.length)],
    ["Devices", String(profile.devices.length)],
    ["Accounts", String(profile.accounts.length)],
  ];
  return el("dl.counts", {},
    facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function part(title, things, draw) {
  return el("section", {},
    el("h3", {}, title),
    things.length ? draw(things) : el("p.none", {}, "None yet."));
}

const list = (things, line) => el("ul", {}, things.map((one) => el("li", {}, line(one))));

function identifiers(all) {
  return list(all, (one) => [
    el("span.kind", {}, one.namespace), " ", shown(one.value, one.masked),
    one.shared ? el("span.tag", { title: "So many use it that it links nobody" }, "shared") : null,
  ]);
}

function traits(all) {
  const row = (one) => el("tr", {},
    el("th", { scope: "row" }, one.name),
    el("td", {}, shown(one.value, one.masked), others(one)),
    el("td", { title: `Why this one: ${WHY[one.policy] ?? one.policy}` },
      one.source, el("br", {}), el("small", {}, day(one.at))));
  return el("table", {},
    el("thead", {}, el("tr", {},
      ["Trait", "Value", "Source"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, all.map(row)));
}

function others({ name, others: lost, masked }) {
  if (!lost.length) return null;
  return el("details", { "data-name": name },
    el("summary", {}, plural(lost.length, "other value")),
    list(lost, (one) => [shown(one.value, masked), el("small", {}, ` ${one.source}`)]));
}

function devices(all) {
  return list(all, ({ kind, make, model, os, browser }) => {
    const words = [make, model, os, browser].filter(Boolean).join(" · ");
    return [el("span.kind", {}, kind ?? "device"), " ", words || "nothing more is known"];
  });
}

function accounts(all) {
  return list(all, (one) => [
    el("span.kind", {}, one.kind), " ", shown(one.id, one.id.startsWith("masked-")),
    one.shared ? el("span.tag", { title: "Many may belong to it" }, "shared") : null,
  ]);
}

function consents(all) {
  return list(all, (one) => [
    el(one.granted ? "span.yes" : "span.no", {}, one.granted ? "Yes" : "No"), ` to ${one.purpose} `,
    el("small", {}, `${one.source}, `, moment(one.at), `; legal basis: ${one.legalBasis}`),
  ]);
}

function former(ids) {
  if (!ids.length) return null;
  return el("details", { "data-name": "former ids" },
    el("summary", {}, plural(ids.length, "former id")),
    list(ids, (id) => id));
}
