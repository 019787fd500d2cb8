// The journey: pages from the newest back, and what arrives while one looks.

import { el, moment, plural, shown } from "./draw.js";

export class Journey {
  #list;
  #items = []; // as they are shown: {id, at, element}
  #arrived = null; // since a first page was asked for; null while none is on its way
  cursor = null; // of the next page; null where there is none

  constructor(list) {
    this.#list = list;
  }

  /** A first page is being asked for: what arrives from now on may not be in it. */
  expect() {
    this.#arrived ??= [];
  }

  /** Show this page in place of all that was there. */
  replace(page) {
    const arrived = this.#arrived ?? [];
    this.#arrived = null;
    this.#items = [];
    this.#list.replaceChildren();
    this.append(page);
    arrived.forEach((point) => this.add(point));
  }

  /** Show this page behind what is there. */
  append({ edges, pageInfo }) {
    for (const { node } of edges) {
      if (!this.#has(node)) this.#insert(node, this.#items.length);
    }
    this.cursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  }

  /** Show what has just arrived, in its place in time: it may have happened long ago. */
  add(point) {
    this.#arrived?.push(point);
    if (this.#has(point)) return;
    const at = Date.parse(point.at);
    const place = this.#items.findIndex((item) => item.at <= at);
    if (place >= 0) this.#insert(point, place, "new");
    else if (!this.cursor) this.#insert(point, this.#items.length, "new");
    // Else it is on a page that is not shown yet.
  }

  #has = ({ id }) => this.#items.some((item) => item.id === id);

  #insert(point, place, ...classes) {
    const element = drawn(point);
    element.classList.add(...classes);
    this.#list.insertBefore(element, this.#items[place]?.element ?? null);
    this.#items.splice(place, 0, { id: point.id, at: Date.parse(point.at), element });
  }
}

/** What happened, in words. */
export const named = ({ type, name }) => name ?? type;

function drawn(point) {
  const { type, channel, source, device, identifier, properties } = point;
  const how = [channel, source?.name, device?.kind, `by ${identifier.namespace}`];
  return el("li", {},
    moment(point.at),
    el("div", {},
      el("h3", {}, named(point), point.name ? el("span.tag", {}, type) : null),
      el("p.how", {}, [...new Set(how.filter(Boolean))].join(" · ")),
      details(Object.entries(properties))));
}

function details(entries) {
  if (!entries.length) return null;
  return el("details", {},
    el("summary", {}, plural(entries.length, "detail")),
    el("dl", {}, entries.map(([name, value]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, shown(value))))));
}
