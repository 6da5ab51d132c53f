// The prices of some markets as they change, from /ws/odds: the client rule of docs/odds-feed.md,
// resuming where something is missing, coming back by itself after whatever cut it off.

export const LIVE = "live";
export const CATCHING_UP = "catching-up";
export const OFFLINE = "offline";
export const SIGNED_OUT = "signed-out";

const FIRST_WAIT_MS = 500;
const WAIT_MAX_MS = 30_000;
// The server's heartbeats come every 15 s. Twice as long and a little without a word: it is gone.
const SILENCE_MAX_MS = 35_000;
// The newest state of each market at most that often: nobody reads faster.
const CONFLATE_MS = 250;
// Close codes by which the server asks for less of this, and not for it again at once.
const UNWELCOME = new Set([4404, 4429]);

// Thrown by a `token` function where there is no use in asking again.
export class SignedOut extends Error {}

export class Feed {
  #options;
  #last = new Map(); // market → the seq that was applied last
  #epoch = null;
  #asked = new Map(); // id of a request without an answer yet → the markets it resumes
  #missing = new Set(); // markets whose first snapshot is on its way
  #requests = 0;
  #socket = null;
  #degraded = false;
  #state = OFFLINE;
  #wait = FIRST_WAIT_MS;
  #toldToWait = null; // ms, by a server that is about to leave
  #timer = null;
  #silence = null;
  #stopped = true;

  // {url, markets, token, changed, stated}: `token()` gives a token or a promise of one,
  // `changed(market, payload, seq)` is told each new state of a market, `stated(state)` ours.
  constructor(options) {
    this.#options = { ...options, markets: options.markets.map(String) };
  }

  get state() {
    return this.#state;
  }

  start() {
    this.#stopped = false;
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#drop();
    this.#say(OFFLINE);
  }

  // Come back now rather than later: the network is there again, or somebody looks.
  retry() {
    if (this.#timer !== null) {
      this.#wait = FIRST_WAIT_MS;
      this.#connect();
    }
  }

  async #connect() {
    clearTimeout(this.#timer);
    this.#timer = null;
    let token;
    try {
      token = await this.#options.token();
    } catch (error) {
      if (error instanceof SignedOut) {
        this.#stopped = true;
        this.#say(SIGNED_OUT);
      } else {
        this.#comeBack();
      }
      return;
    }
    if (this.#stopped) {
      return;
    }
    const socket = new WebSocket(this.#options.url, ["kmarket.v1", `bearer.${token}`]);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => this.#heard(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(event.code);
    this.#listen();
  }

  #opened() {
    this.#degraded = false;
    const fresh = this.#options.markets.filter((market) => !this.#last.has(market));
    this.#missing = new Set(fresh);
    this.#say(CATCHING_UP);
    const options = { heartbeat: true, batch: true, conflateMs: CONFLATE_MS };
    this.#ask({ type: "subscribe", markets: fresh, options });
    this.#resume([...this.#last.keys()]);
  }

  #resume(markets) {
    if (markets.length) {
      const offsets = Object.fromEntries(markets.map((market) => [market, this.#last.get(market)]));
      this.#ask({ type: "resume", offsets, epoch: this.#epoch }, markets);
      this.#say(CATCHING_UP);
    }
  }

  #ask(message, markets = []) {
    const id = ++this.#requests;
    this.#asked.set(id, markets);
    this.#socket.send(JSON.stringify({ ...message, id }));
  }

  #heard(frame) {
    this.#listen();
    for (const message of Array.isArray(frame) ? frame : [frame]) {
      this.#take(message);
    }
    this.#judge();
  }

  #take(message) {
    const market = String(message.marketId);
    switch (message.type) {
      case "snapshot":
      case "resync":
        this.#epoch = message.epoch;
        this.#missing.delete(market);
        this.#apply(market, message);
        break;
      case "odds_update":
        this.#update(market, message);
        break;
      case "ack":
        this.#asked.delete(message.id);
        for (const refused of message.rejected ?? []) {
          this.#missing.delete(String(refused.market));
          this.#last.delete(String(refused.market));
        }
        break;
      case "heartbeat":
        this.#degraded = message.status !== "ok";
        this.#compare(message.marks);
        break;
      case "bye":
        this.#toldToWait = message.retryIn;
        break;
      case "error":
        // Of a request of ours, which will have no other answer.
        console.warn("The feed refused a request.", message);
        this.#drop();
        this.#closed(null);
        break;
    }
  }

  #update(market, message) {
    const last = this.#last.get(market);
    const from = message.from_seq ?? message.seq;
    if (last === undefined || message.seq <= last) {
      return;
    }
    if (from <= last + 1) {
      this.#apply(market, message);
    } else {
      this.#fill([market]);
    }
  }

  #apply(market, message) {
    this.#last.set(market, message.seq);
    this.#options.changed(market, message.payload, message.seq);
  }

  // What the server says we have by now, we should have.
  #compare(marks) {
    const behind = Object.entries(marks).filter(([market, seq]) => seq > this.#last.get(market));
    this.#fill(behind.map(([market]) => market));
  }

  #fill(markets) {
    const underWay = new Set([...this.#asked.values()].flat());
    this.#resume(markets.filter((market) => !underWay.has(market)));
  }

  // Say that we are live once everything that was asked for is here.
  #judge() {
    if (this.#socket === null) {
      return;
    }
    const isWhole = !this.#asked.size && !this.#missing.size && !this.#degraded;
    if (isWhole) {
      this.#wait = FIRST_WAIT_MS;
    }
    this.#say(isWhole ? LIVE : CATCHING_UP);
  }

  #closed(code) {
    clearTimeout(this.#silence);
    this.#socket = null;
    this.#asked.clear();
    this.#say(OFFLINE);
    if (UNWELCOME.has(code)) {
      this.#wait = WAIT_MAX_MS;
    }
    if (!this.#stopped) {
      this.#comeBack();
    }
  }

  // When the server said; or each time later, up to half a minute, and not all at one instant.
  #comeBack() {
    const wait = this.#toldToWait ?? this.#wait * (0.5 + Math.random() / 2);
    this.#toldToWait = null;
    this.#wait = Math.min(2 * this.#wait, WAIT_MAX_MS);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  // A connection may die without a word: the browser would find out after minutes.
  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#drop();
      this.#closed(null);
    }, SILENCE_MAX_MS);
  }

  #drop() {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  #say(state) {
    if (state !== this.#state) {
      this.#state = state;
      this.#options.stated(state);
    }
  }
}
