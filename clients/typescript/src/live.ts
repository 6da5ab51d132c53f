// Live odds: one connection to /ws/odds for whatever is followed, by the rule of docs/odds-feed.md.

import { ApiError, type Api } from "./api.js";
import { Backoff } from "./backoff.js";
import { Connection, openSocket, type End, type WebSocketClass } from "./connection.js";
import { LiveError, Teller, callListener, type LiveDetail, type LiveEvents, type LiveState } from "./events.js";
import { missed } from "./filling.js";
import { Followed, type Odds, type OddsListener } from "./followed.js";
import { isEvent, type Ack, type Channel, type ClientMessage, type Heartbeat, type Refused } from "./messages.js";
import type { ServerMessage, Update, Whole } from "./messages.js";

// As the server's limits are: docs/asyncapi.json.
const MARKETS_MAX = 200;
// Between two rounds of requests, each of which is four messages as a rule; 20 a second may be sent.
const ROUND_MS = 250;
// A heartbeat comes each 15 s.
const SILENCE_MS = 20_000;
const ANSWER_MS = 10_000;
const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 30_000;
// A connection that lasted so long held: the next try after it comes soon.
const HELD_MS = 10_000;

const BAD_TOKEN = 4401;
const TOO_SLOW = 4408;
const ABUSE = 4429;

export interface LiveOptions {
  /** Where the house is: "https://kmarket.example", or "" on its own pages. */
  baseUrl: string;
  /** Asked before each connection: a token may have ended meanwhile. */
  token: () => string | Promise<string>;
  /** As a subprotocol the token stays out of addresses, and so out of logs. */
  tokenIn?: "protocol" | "query";
  /** Fills what the socket cannot. */
  rest?: Api;
  /** In place of the global one, which Node.js has from 22 on. */
  WebSocket?: WebSocketClass;
  /** The newest of each market at most that often, in ms. */
  conflateMs?: number;
  /** So long without a word, in ms, and the connection is given up. */
  silenceMs?: number;
}

/** A request that was sent, until it is answered. */
interface Asked {
  markets: readonly number[];
  channels: readonly Channel[];
  deadline: ReturnType<typeof setTimeout>;
}

export class LiveOdds {
  readonly #options: LiveOptions;
  readonly #teller = new Teller();
  readonly #markets = new Map<number, Followed>();
  readonly #asked = new Map<number, Asked>();
  readonly #connecting = new Backoff(RETRY_MS_FIRST, RETRY_MS_MAX);
  readonly #asking = new Backoff(RETRY_MS_FIRST, RETRY_MS_MAX);
  #state: LiveState = "offline";
  #channels: ReadonlySet<Channel> = new Set();
  #requests = 0;
  #isClosed = false;
  // Counts connections and tries: what comes late for an earlier one is not for the present one.
  #attempt = 0;
  #comeBack: ReturnType<typeof setTimeout> | undefined;
  #token: string | undefined;
  #refusedToken: string | undefined;
  #refusals = 0;

  // Of the present connection.
  #connection: Connection | undefined;
  #isOpen = false;
  // Since when we are known to be let in: its first answer.
  #welcomeAt: number | undefined;
  #channelsThere = new Set<Channel>();
  #round: ReturnType<typeof setTimeout> | undefined;
  #lastRoundAt = 0;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** Nothing is opened before something is followed. */
  constructor(options: LiveOptions) {
    this.#options = options;
    globalThis.addEventListener?.("online", this.#online);
  }

  get state(): LiveState {
    return this.#state;
  }

  /**
   * Follow markets: `listener` gets the odds of each now, as soon as they are known, and after each
   * change. Returns what ends it. Throws a RangeError beyond the 200 markets of a connection.
   */
  follow(marketIds: Iterable<number>, listener: OddsListener): () => void {
    this.#refuseClosed();
    const ids = [...new Set(marketIds)];
    const more = ids.filter((id) => !this.#markets.has(id)).length;
    if (this.#markets.size + more > MARKETS_MAX) {
      throw new RangeError(`${this.#markets.size} + ${more} markets: a connection follows ${MARKETS_MAX}.`);
    }
    // The same function may follow twice, and each `stop` ends its own.
    const own: OddsListener = (odds) => listener(odds);
    for (const id of ids) this.#join(id, own);
    this.#begin();
    return () => {
      for (const id of ids) this.#markets.get(id)?.listeners.delete(own);
      this.#plan();
    };
  }

  /** Say what is heard besides odds, from now on: `on("event", …)` gets it. */
  channels(names: Iterable<Channel>): void {
    this.#refuseClosed();
    this.#channels = new Set(names);
    this.#begin();
  }

  /** Listen; returns what ends it. */
  on<Name extends keyof LiveEvents>(name: Name, listener: (...told: LiveEvents[Name]) => void): () => void {
    return this.#teller.on(name, listener);
  }

  /** Return what is known of a market that is followed: the same object until that changes. */
  odds(marketId: number): Odds | undefined {
    return this.#markets.get(marketId)?.odds;
  }

  /** Connect anew at once: with another token, after `stopped`, or in place of waiting. */
  reconnect(): void {
    this.#refuseClosed();
    this.#refusedToken = undefined;
    this.#connecting.reset();
    this.#connection?.leave();
    this.#forgetConnection();
    void this.#connect();
  }

  /** End it for good. */
  close(): void {
    this.#isClosed = true;
    globalThis.removeEventListener?.("online", this.#online);
    this.#connection?.leave();
    this.#forgetConnection();
    this.#tellState("stopped", { reason: "closed" });
    this.#markets.clear();
  }

  // --- Connecting ----------------------------------------------------------------------------

  #refuseClosed(): void {
    if (this.#isClosed) throw new Error("This LiveOdds was closed: make another one.");
  }

  readonly #online = (): void => {
    if (this.#comeBack && this.#state === "offline") this.reconnect();
  };

  #begin(): void {
    if (this.#attempt === 0) void this.#connect();
    else this.#plan();
    this.#settle();
  }

  async #connect(): Promise<void> {
    const { token: source, silenceMs = SILENCE_MS } = this.#options;
    const attempt = ++this.#attempt;
    clearTimeout(this.#comeBack);
    this.#tellState("connecting", {});
    this.#comeBack = setTimeout(() => this.#away({ reason: "no token came" }), silenceMs);
    let token: string;
    try {
      token = await source();
    } catch (problem) {
      if (attempt === this.#attempt) this.#withoutToken(problem);
      return;
    }
    if (attempt !== this.#attempt) return;
    clearTimeout(this.#comeBack);
    this.#comeBack = undefined;
    if (token === this.#refusedToken) {
      this.#stop(new LiveError("UNAUTHORIZED", "The token was refused, and there is no other one."));
      return;
    }
    this.#token = token;
    this.#open(token, attempt);
  }

  #open(token: string, attempt: number): void {
    const { baseUrl, tokenIn = "protocol", silenceMs = SILENCE_MS } = this.#options;
    const present = (act: () => void): void => {
      if (attempt === this.#attempt) act();
    };
    try {
      const socket = openSocket(this.#webSocket(), baseUrl, token, tokenIn);
      this.#connection = new Connection(socket, silenceMs, {
        opened: () => present(() => this.#opened()),
        heard: (message) => present(() => this.#hear(message)),
        rested: () => present(() => this.#settle()),
        ended: (end) => present(() => this.#ended(end)),
      });
    } catch (problem) {
      this.#stop(new LiveError("BAD_REQUEST", `No socket can be opened: ${String(problem)}`, { cause: problem }));
    }
  }

  #webSocket(): WebSocketClass {
    const found = this.#options.WebSocket ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
    if (!found) throw new Error("There is no WebSocket here: hand in that of the package `ws`.");
    return found;
  }

  #withoutToken(problem: unknown): void {
    const known = problem instanceof ApiError ? problem : undefined;
    const message = `No token could be had: ${problem instanceof Error ? problem.message : String(problem)}`;
    const error = new LiveError(known?.code ?? "UNAUTHORIZED", message, { cause: problem });
    if (known?.status === 401 || known?.status === 403) {
      this.#stop(error);
    } else {
      this.#teller.tell("problem", error);
      this.#away({ reason: message }, known?.retryAfterMs);
    }
  }

  #ended({ code, reason, retryIn }: End): void {
    const held = this.#welcomeAt !== undefined && Date.now() - this.#welcomeAt >= HELD_MS;
    if (held) this.#connecting.reset();
    this.#forgetConnection();
    if (code === BAD_TOKEN) this.#tokenRefused(reason);
    if (code === ABUSE) this.#teller.tell("problem", new LiveError("RATE_LIMITED", reason));
    if (code >= 4400 && code < 4450 && ![BAD_TOKEN, TOO_SLOW, ABUSE].includes(code)) {
      this.#stop(new LiveError("BAD_REQUEST", `The server closes with ${code}: ${reason}`), { code, reason });
    } else {
      this.#away({ code, reason }, code === ABUSE ? RETRY_MS_MAX : (retryIn ?? undefined));
    }
  }

  #tokenRefused(reason: string): void {
    this.#refusedToken = this.#token;
    // Once is how a token's life ends; the next one is a new one.
    if (++this.#refusals > 1) this.#teller.tell("problem", new LiveError("UNAUTHORIZED", reason));
  }

  /** Wait, and try again. */
  #away(detail: LiveDetail, atLeastMs?: number): void {
    this.#forgetConnection();
    const retryInMs = Math.round(atLeastMs ?? this.#connecting.next());
    this.#comeBack = setTimeout(() => void this.#connect(), retryInMs);
    this.#tellState("offline", { ...detail, retryInMs });
  }

  #stop(error: LiveError, detail: LiveDetail = { reason: error.message }): void {
    this.#forgetConnection();
    this.#teller.tell("problem", error);
    this.#tellState("stopped", detail);
  }

  #forgetConnection(): void {
    this.#attempt += 1;
    this.#connection = undefined;
    this.#isOpen = false;
    this.#welcomeAt = undefined;
    this.#channelsThere = new Set();
    for (const timer of [this.#comeBack, this.#round, this.#again]) clearTimeout(timer);
    this.#comeBack = this.#round = this.#again = undefined;
    for (const { deadline } of this.#asked.values()) clearTimeout(deadline);
    this.#asked.clear();
    for (const market of this.#markets.values()) {
      market.phase = "due";
      market.onServer = false;
    }
  }

  #tellState(state: LiveState, detail: LiveDetail): void {
    if (state === this.#state && state !== "offline") return;
    this.#state = state;
    this.#teller.tell("state", state, detail);
  }

  // --- Asking --------------------------------------------------------------------------------

  #join(id: number, listener: OddsListener): void {
    const market = this.#markets.get(id) ?? new Followed(id);
    this.#markets.set(id, market);
    market.listeners.add(listener);
    // Nothing more comes until it changes: whoever joins later gets what is known.
    if (market.odds) {
      queueMicrotask(() => {
        if (market.odds && market.listeners.has(listener)) callListener(listener, market.odds);
      });
    }
  }

  #opened(): void {
    this.#isOpen = true;
    this.#tellState("catching_up", {});
    const { conflateMs = 0 } = this.#options;
    const options = { heartbeat: true, batch: true, conflateMs };
    this.#ask({ type: "subscribe", markets: [], options }, []);
    this.#sendRound();
  }

  /** Ask for what is due, soon: what several callers want goes into one round. */
  #plan(): void {
    if (!this.#isOpen || this.#round) return;
    const wait = Math.max(0, this.#lastRoundAt + ROUND_MS - Date.now());
    this.#round = setTimeout(() => {
      this.#round = undefined;
      this.#sendRound();
      this.#settle();
    }, wait);
  }

  #sendRound(): void {
    this.#lastRoundAt = Date.now();
    this.#part();
    const due = [...this.#markets.values()].filter((market) => market.phase === "due");
    for (const market of due) {
      market.phase = "asked";
      market.onServer = true;
    }
    const fresh = due.filter((market) => !market.odds).map((market) => market.marketId);
    if (fresh.length) this.#ask({ type: "subscribe", markets: fresh }, fresh);
    for (const [epoch, known] of byEpoch(due)) {
      const offsets = Object.fromEntries(known.map(({ marketId, seq }) => [marketId, seq]));
      this.#ask({ type: "resume", offsets, epoch }, known.map(({ marketId }) => marketId));
    }
    this.#tune();
  }

  /** Leave what nobody follows; and what the server tells of without our knowing from where on. */
  #part(): void {
    const left: number[] = [];
    for (const market of this.#markets.values()) {
      const isUnwanted = market.listeners.size === 0;
      const isLost = market.phase === "due" && !market.odds;
      if (market.onServer && (isUnwanted || isLost)) left.push(market.marketId);
      if (isUnwanted) this.#markets.delete(market.marketId);
    }
    if (left.length) this.#ask({ type: "unsubscribe", markets: left }, []);
  }

  #tune(): void {
    const more = [...this.#channels].filter((name) => !this.#channelsThere.has(name));
    const less = [...this.#channelsThere].filter((name) => !this.#channels.has(name));
    this.#channelsThere = new Set(this.#channels);
    if (less.length) this.#ask({ type: "unsubscribe", channels: less }, []);
    // One by one: a guest is refused `user`, and not `markets` along with it.
    for (const name of more) this.#ask({ type: "subscribe", channels: [name] }, [], [name]);
  }

  #ask(message: ClientMessage, markets: readonly number[], channels: readonly Channel[] = []): void {
    const id = ++this.#requests;
    const deadline = setTimeout(() => this.#unanswered(id), ANSWER_MS);
    this.#asked.set(id, { markets, channels, deadline });
    this.#connection?.say({ ...message, id });
  }

  /** Take a request off the list: the markets of it that still wait, and its channels. */
  #take(id: number | string | undefined): { markets: Followed[]; channels: readonly Channel[] } | undefined {
    const asked = this.#asked.get(Number(id));
    if (!asked) return undefined;
    this.#asked.delete(Number(id));
    clearTimeout(asked.deadline);
    const markets = asked.markets.map((market) => this.#markets.get(market));
    return { markets: markets.filter((market) => market?.phase === "asked") as Followed[], channels: asked.channels };
  }

  // --- Hearing -------------------------------------------------------------------------------

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case "odds_update":
        return this.#updated(message);
      case "snapshot":
      case "resync":
        return this.#replaced(message);
      case "ack":
        return this.#acked(message);
      case "heartbeat":
        return this.#compare(message);
      case "error":
        return this.#refused(message);
      default:
        if (isEvent(message)) this.#teller.tell("event", message);
    }
  }

  #updated(update: Update): void {
    const market = this.#markets.get(update.marketId);
    const verdict = market?.update(update);
    if (market && verdict === "apply") this.#tellOdds(market);
    // While it is asked for, what was missed is on its way.
    if (market && verdict === "gap" && market.phase === "current") this.#resume(market);
  }

  #replaced(whole: Whole): void {
    const market = this.#markets.get(whole.marketId);
    if (!market) return;
    if (market.phase === "asked") market.phase = "current";
    if (market.replace(whole)) this.#tellOdds(market);
  }

  #acked({ id, rejected = [], resumed }: Ack): void {
    this.#welcomeAt ??= Date.now();
    this.#refusals = 0;
    const reasons = new Map(rejected.map(({ market, reason }) => [market, reason]));
    for (const market of this.#take(id)?.markets ?? []) {
      const reason = reasons.get(market.marketId);
      const reached = resumed?.[market.marketId];
      if (reason === "NOT_FOUND") this.#notFound(market);
      else if (reason) this.#wait(market);
      // What was subscribed anew is there with its snapshot, which comes after this.
      else if (reached !== undefined && (market.odds?.seq ?? -1) >= reached) market.phase = "current";
      else if (resumed) this.#wait(market);
    }
  }

  #notFound(market: Followed): void {
    market.phase = "refused";
    market.onServer = false;
    const { marketId } = market;
    this.#teller.tell("problem", new LiveError("NOT_FOUND", `There is no market ${marketId}.`, { marketId }));
  }

  #refused({ id, code, message }: Refused): void {
    const asked = this.#take(id);
    const isForGood = code === "FORBIDDEN" || code === "BAD_REQUEST";
    if (!asked || isForGood) this.#teller.tell("problem", new LiveError(code, message));
    for (const market of asked?.markets ?? []) this.#wait(market);
    for (const name of asked?.channels ?? []) {
      if (isForGood) this.#channels = new Set([...this.#channels].filter((wanted) => wanted !== name));
      this.#channelsThere.delete(name);
      this.#askAgain();
    }
  }

  #unanswered(id: number): void {
    for (const market of this.#take(id)?.markets ?? []) this.#wait(market);
    this.#settle();
  }

  /** Hold what is had against what the server has sent by now. */
  #compare({ marks }: Heartbeat): void {
    const asked = new Set([...this.#asked.values()].flatMap(({ markets }) => markets));
    for (const market of this.#markets.values()) {
      const mark = marks[market.marketId];
      const isBehind = market.phase === "current" && !(mark !== undefined && mark <= (market.odds?.seq ?? -1));
      // Its request was answered, and its snapshot has not come.
      const isLost = market.phase === "asked" && !asked.has(market.marketId);
      if (isBehind || isLost) this.#resume(market);
    }
  }

  #resume(market: Followed): void {
    market.phase = "due";
    this.#plan();
  }

  // --- What the socket cannot give -----------------------------------------------------------

  /** Ask for it again in a while; meanwhile REST tells what it can. */
  #wait(market: Followed): void {
    market.phase = "waiting";
    this.#askAgain();
    if (this.#options.rest) void this.#fill(market, this.#options.rest);
  }

  #askAgain(): void {
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      for (const market of this.#markets.values()) if (market.phase === "waiting") market.phase = "due";
      this.#plan();
    }, this.#asking.next());
  }

  async #fill(market: Followed, rest: Api): Promise<void> {
    const had = market.odds;
    try {
      const news = await missed(rest, market.marketId, had);
      // Of another history by now, or of nobody's interest.
      if (market.odds?.epoch !== had?.epoch || this.#markets.get(market.marketId) !== market) return;
      if (!Array.isArray(news)) {
        if (market.replace(news)) this.#tellOdds(market);
        return;
      }
      for (const update of news) if (market.update(update) === "apply") this.#tellOdds(market);
    } catch (problem) {
      const { marketId } = market;
      const code = problem instanceof ApiError ? problem.code : "INTERNAL_ERROR";
      const message = `What was missed of market ${marketId} could not be read: ${String(problem)}`;
      this.#teller.tell("problem", new LiveError(code, message, { marketId, cause: problem }));
    }
  }

  // --- Telling -------------------------------------------------------------------------------

  #tellOdds(market: Followed): void {
    const { odds } = market;
    if (odds) for (const listener of [...market.listeners]) callListener(listener, odds);
  }

  /** Tell whether all that is followed is present, where that has changed. */
  #settle(): void {
    if (!this.#isOpen || this.#welcomeAt === undefined) return;
    const isBehind = [...this.#markets.values()].some(
      ({ phase, listeners }) => listeners.size > 0 && (phase === "due" || phase === "asked" || phase === "waiting"),
    );
    if (!isBehind) this.#asking.reset();
    this.#tellState(isBehind ? "catching_up" : "live", {});
  }
}

function byEpoch(markets: readonly Followed[]): Map<string, Odds[]> {
  const groups = new Map<string, Odds[]>();
  for (const { odds } of markets) {
    if (odds) groups.set(odds.epoch, [...(groups.get(odds.epoch) ?? []), odds]);
  }
  return groups;
}
