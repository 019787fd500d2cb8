// The page: what is typed in, what is read, and what is told while it is open.

import { advice } from "./advice.js";
import { drawCard } from "./card.js";
import { el, plural } from "./draw.js";
import { Journey, named } from "./journey.js";
import { Knoop, Trouble } from "./knoop.js";
import { NEXT_PAGE, PERSON, PROFILE_CHANGED, TOUCHPOINT_ADDED } from "./queries.js";

const PAGE_SIZE = 20;

const [form] = document.forms;
const main = document.querySelector("main");
const [card, line, news, more, trouble] = ["card", "line", "news", "more", "trouble"].map((id) =>
  document.getElementById(id));

/** One person, from the moment that they are asked for until another one is. */
class Live {
  #knoop;
  #profile;
  #asked = 0;
  #journey = new Journey(document.getElementById("journey"));
  #hangUp = () => {};

  constructor(knoop) {
    this.#knoop = knoop;
  }

  async open(who) {
    await this.#read(who);
    const { id } = this.#profile; // It leads to this person also when they get another one.
    this.#hangUp = this.#knoop.listen(
      [
        {
          query: PROFILE_CHANGED,
          variables: { id },
          next: ({ profileChanged }) => this.#change(profileChanged),
        },
        {
          query: TOUCHPOINT_ADDED,
          variables: { id },
          next: ({ touchpointAdded }) => this.#add(touchpointAdded),
        },
      ],
      {
        onLive: () => {
          say("live", "Live");
          this.#readAgain();
        },
        onBroken: (seconds) => say("waiting", `Not live: tried again in ${seconds} s`),
        onEnd: (problem) => {
          say("over", "Not live");
          tell(problem);
        },
      },
    );
  }

  close() {
    this.#asked += 1; // What is on its way is for nobody.
    this.#hangUp();
  }

  async loadMore() {
    const asked = this.#asked;
    const variables = { id: this.#profile.id, first: PAGE_SIZE, after: this.#journey.cursor };
    const { profile } = await this.#knoop.ask(NEXT_PAGE, variables);
    if (asked !== this.#asked || !profile) return;
    this.#journey.append(profile.touchpoints);
    this.#offerMore();
  }

  async #read(who) {
    const asked = (this.#asked += 1);
    this.#journey.expect();
    const { profile } = await this.#knoop.ask(PERSON, { ...who, first: PAGE_SIZE });
    if (asked !== this.#asked) return;
    if (!profile) throw new Trouble("nobody", "Nobody is known by this.");
    this.#profile = profile;
    this.#journey.replace(profile.touchpoints);
    this.#offerMore();
    this.#draw();
    tell(null);
    main.hidden = false;
  }

  #readAgain() {
    this.#read({ id: this.#profile.id }).catch(tell);
  }

  #change(profile) {
    const before = this.#profile;
    this.#profile = profile;
    this.#draw();
    if (identifiersOf(before) === identifiersOf(profile)) return;
    // Others' touchpoints may be this person's now, and the other way round.
    announce(`Now ${plural(profile.identifiers.length, "identifier")} are this person`);
    this.#readAgain();
  }

  #add(touchpoint) {
    this.#journey.add(touchpoint);
    announce(`New: ${named(touchpoint)}`);
  }

  #draw() {
    drawCard(card, this.#profile);
  }

  #offerMore() {
    more.hidden = !this.#journey.cursor;
  }
}

const identifiersOf = ({ identifiers }) =>
  JSON.stringify(identifiers.map(({ namespace, value }) => [namespace, value]).sort());

// --- What is typed and pressed ---

let live = null;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  live?.close();
  tell(null);
  announce("");
  main.hidden = true;
  say("waiting", "Not live yet");
  const { address, key, who } = Object.fromEntries(new FormData(form));
  const asking = (live = new Live(new Knoop(address.trim(), key.trim())));
  try {
    await asking.open(namedBy(who.trim()));
  } catch (problem) {
    if (asking === live) tell(problem);
  }
});

more.addEventListener("click", async () => {
  more.disabled = true;
  await live.loadMore().catch(tell);
  more.disabled = false;
});

/** `namespace:value` is an identifier; what has no colon is a profile's id. */
function namedBy(text) {
  const [namespace, ...value] = text.split(":");
  return value.length ? { identifier: { namespace, value: value.join(":") } } : { id: text };
}

// --- What is told ---

function say(state, text) {
  line.dataset.state = state;
  line.textContent = text;
}

function announce(text) {
  news.textContent = text;
}

function tell(problem) {
  trouble.hidden = !problem;
  if (!problem) return;
  if (!(problem instanceof Trouble)) throw problem;
  trouble.replaceChildren(
    el("p", {}, el("strong", {}, problem.message), " ", advice(problem)),
    el("p", {}, el("small", {}, "Code: ", el("code", {}, problem.code))),
  );
}
