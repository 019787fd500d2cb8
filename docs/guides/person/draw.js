// Elements from data. All text comes in as text: nobody's trait becomes HTML.

/** An element: its tag with classes (`p.small`), attributes, and what is in it. */
export function el(name, attributes, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flat().filter((child) => child !== null));
  return made;
}

const DAY = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const HOUR = new Intl.DateTimeFormat("en", { timeStyle: "short" });
const HIDDEN = "***";

/** Day and hour; where there is little room, the line can be broken between them. */
export const moment = (at) => time(at, DAY, HOUR);
export const day = (at) => time(at, DAY);

function time(at, ...formats) {
  const words = formats.map((format) => format.format(new Date(at)));
  return el("time", { datetime: at, title: at }, words.join("\n"));
}

/** A value as people read it; what the key may not see is told as hidden. */
export function shown(value, isMasked = value === HIDDEN) {
  if (isMasked) {
    const hidden = el("span.masked", { title: "Needs a key with personal:read" }, "hidden");
    // A pseudonym tells one from another: some of it is enough for that.
    const some = String(value).replace(/^masked-/, "").slice(0, 6);
    return value === HIDDEN ? hidden : el("span", {}, hidden, ` ${some}`);
  }
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) {
    return value.join(", ");
  }
  return value !== null && typeof value === "object" ? JSON.stringify(value) : String(value);
}

export const plural = (count, word) =>
  `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
