// Talks to knoop's /graphql: questions by fetch, and a line that stays open by WebSocket.
// It knows nothing of this page: take it along.

/** What went wrong, with the code that programs go by. */
export class Trouble extends Error {
  constructor(code, message, seconds = 0) {
    super(message);
    this.code = code;
    /** How long to wait before asking again, where the service says so. */
    this.seconds = seconds;
  }
}

const PROTOCOL = "graphql-transport-ws";
const KEY_REFUSED = 4403;
const PING_SECONDS = 20;
const LONGEST_PAUSE = 30;

export class Knoop {
  #key;

  constructor(address, key) {
    this.url = `${address.replace(/\/+$/, "")}/graphql`;
    this.#key = key;
  }

  /** The data that answers a query. Throws Trouble. */
  async ask(query, variables) {
    let answer;
    try {
      answer = await fetch(this.url, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.#key}` },
        body: JSON.stringify({ query, variables }),
      });
    } catch {
      // A browser tells no page whether nobody is there or this origin is not allowed.
      throw new Trouble("no_answer", `${this.url} gave this page no answer.`);
    }
    const body = await answer.json().catch(() => null);
    if (body?.errors) throw troubleOf(body.errors, answer.headers.get("Retry-After"));
    if (!body?.data) throw new Trouble("no_knoop", `${this.url} answered ${answer.status}.`);
    return body.data;
  }

  /**
   * Keep a line open on which `subscriptions`, of {query, variables, next}, are told.
   *
   * What changes while the line is down is not told: `onLive` is called each time it is up, and is
   * to read everything again. `onBroken` is told after how many seconds it is tried anew, and
   * `onEnd` the Trouble after which it is not. Returns a function that hangs up.
   */
  listen(subscriptions, { onLive, onBroken, onEnd }) {
    let socket, pause, pinging, attempts = 0, isOver = false;

    const end = (trouble) => {
      isOver = true;
      clearTimeout(pause);
      clearInterval(pinging);
      socket.close();
      if (trouble) onEnd(trouble);
    };
    const open = () => {
      let isQuiet = false;
      const line = (socket = new WebSocket(this.url.replace(/^http/, "ws"), PROTOCOL));
      const say = (message) => line.send(JSON.stringify(message));
      line.onopen = () => {
        say({ type: "connection_init", payload: { Authorization: `Bearer ${this.#key}` } });
        // Without it, nobody notices that a network is gone.
        pinging = setInterval(() => {
          if (isQuiet) line.close();
          isQuiet = true;
          if (line.readyState === WebSocket.OPEN) say({ type: "ping" });
        }, PING_SECONDS * 1000);
      };
      line.onmessage = ({ data }) => {
        isQuiet = false;
        const { type, id, payload } = JSON.parse(data);
        if (type === "ping") say({ type: "pong" });
        if (type === "connection_ack") {
          attempts = 0;
          subscriptions.forEach(({ query, variables }, index) =>
            say({ type: "subscribe", id: `${index}`, payload: { query, variables } }));
          onLive();
        }
        if (type === "next" && payload.data) subscriptions[id].next(payload.data);
        const errors = type === "error" ? payload : payload?.errors;
        if (errors) end(troubleOf(errors));
        if (type === "complete") line.close(); // The person is gone: reading again will tell.
      };
      line.onclose = ({ code }) => {
        clearInterval(pinging);
        if (isOver) return;
        if (code === KEY_REFUSED) {
          end(new Trouble("unauthorized", "The service does not take this key any more."));
          return;
        }
        const seconds = Math.min(LONGEST_PAUSE, 2 ** attempts++);
        pause = setTimeout(open, seconds * 1000);
        onBroken(seconds);
      };
    };

    open();
    return end;
  }
}

function troubleOf([{ message, extensions }], seconds) {
  return new Trouble(extensions?.code ?? "unknown", message, Number(seconds));
}
