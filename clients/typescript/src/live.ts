// Live odds: one connection to /ws/odds for whatever is followed, by the rule of docs/odds-feed.md.

import { ApiError } from "./api.js";
import type { Api } from "./api.js";
import { Backoff } from "./backoff.js";
import { LiveError, Teller, callListener } from "./events.js";
import type { LiveDetail, LiveEvents, LiveState } from "./events.js";
import { missed } from "./filling.js";
import { Followed } from "./followed.js";
import type { Odds, OddsListener } from "./followed.js";
import { Line } from "./line.js";
import type { LineOptions } from "./line.js";
import { isEvent } from "./messages.js";
import type {
  Ack,
  Channel,
  ClientMessage,
  Heartbeat,
  Refused,
  ServerMessage,
  Update,
  Whole,
} from "./messages.js";
import { Requests } from "./requests.js";
import type { Request } from "./requests.js";

// The server's limit for one connection.
const MARKETS_MAX = 200;
// Between two rounds of requests, each of which is four messages as a rule; 20 a second may be sent.
const ROUND_MS = 250;
// Until what could not be had is asked for again.
const AGAIN_MS_FIRST = 500;
const AGAIN_MS_MAX = 30_000;

export interface LiveOptions extends LineOptions {
  /** Reads what the socket cannot give. */
  rest?: Api;
  /** The newest of each market at most that often, in ms. */
  conflateMs?: number;
}

export class LiveOdds {
  readonly #options: LiveOptions;
  readonly #line: Line;
  readonly #teller = new Teller();
  readonly #markets = new Map<number, Followed>();
  readonly #requests = new Requests((request) => this.#unanswered(request));
  readonly #backoff = new Backoff(AGAIN_MS_FIRST, AGAIN_MS_MAX);
  #state: LiveState = "offline";
  #isClosed = false;
  #isOpen = false;
  #isLetIn = false;
  #channels: ReadonlySet<Channel> = new Set();
  #channelsAsked = new Set<Channel>();
  #round: ReturnType<typeof setTimeout> | undefined;
  #lastRoundAt = 0;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** Nothing is opened before something is followed. */
  constructor(options: LiveOptions) {
    this.#options = options;
    this.#line = new Line(options, {
      connecting: () => this.#tellState("connecting", {}),
      opened: () => this.#opened(),
      heard: (message) => this.#hear(message),
      rested: () => this.#settle(),
      lost: () => this.#lost(),
      offline: (detail) => this.#tellState("offline", detail),
      stopped: (detail) => this.#tellState("stopped", detail),
      problem: (error) => this.#teller.tell("problem", error),
    });
  }

  get state(): LiveState {
    return this.#state;
  }

  /**
   * Follow markets: `listener` gets the odds of each as soon as they are known, and after each
   * change. Returns what ends it. Throws a RangeError for what is no id, and beyond 200 markets.
   */
  follow(marketIds: Iterable<number>, listener: OddsListener): () => void {
    this.#refuseClosed();
    const ids = [...new Set(marketIds)];
    this.#refuseTooMany(ids);
    // The same function may follow twice, and each end is its own.
    const own: OddsListener = (odds) => listener(odds);
    for (const id of ids) this.#join(id, own);
    this.#begin();
    return () => {
      for (const id of ids) this.#markets.get(id)?.listeners.delete(own);
      this.#plan();
    };
  }

  /** Say what is heard besides odds from now on; `on("event", …)` gets it. */
  channels(names: Iterable<Channel>): void {
    this.#refuseClosed();
    this.#channels = new Set(names);
    this.#begin();
  }

  /** Listen; returns what ends it. */
  on<Name extends keyof LiveEvents>(
    name: Name,
    listener: (...told: LiveEvents[Name]) => void,
  ): () => void {
    return this.#teller.on(name, listener);
  }

  /** Return what is known of a market that is followed: the same object until that changes. */
  odds(marketId: number): Odds | undefined {
    return this.#markets.get(marketId)?.odds;
  }

  /** Connect anew at once: with another token, after `stopped`, or in place of waiting. */
  reconnect(): void {
    this.#refuseClosed();
    this.#line.connect();
  }

  /** End it for good. */
  close(): void {
    this.#isClosed = true;
    this.#line.close();
    this.#markets.clear();
    this.#tellState("stopped", { reason: "closed" });
  }

  #begin(): void {
    if (this.#line.hasBegun) this.#plan();
    else this.#line.connect();
    this.#settle();
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new Error("This LiveOdds was closed: make another one.");
  }

  #refuseTooMany(ids: readonly number[]): void {
    const wrong = ids.find((id) => !Number.isSafeInteger(id) || id < 1);
    if (wrong !== undefined) throw new RangeError(`${wrong} is no market's id.`);
    const followed = [...this.#markets.values()].filter(({ listeners }) => listeners.size > 0);
    const count = new Set([...followed.map(({ marketId }) => marketId), ...ids]).size;
    if (count > MARKETS_MAX) {
      throw new RangeError(`${count} markets: one connection follows ${MARKETS_MAX} at most.`);
    }
  }

  // --- Asking --------------------------------------------------------------------------------

  #join(id: number, listener: OddsListener): void {
    const market = this.#markets.get(id) ?? new Followed(id);
    this.#markets.set(id, market);
    market.listeners.add(listener);
    // It may be there by now.
    if (market.phase === "refused") market.phase = "due";
    // Nothing comes until it changes: whoever joins later gets what is known.
    queueMicrotask(() => {
      if (market.odds && market.listeners.has(listener)) callListener(listener, market.odds);
    });
  }

  #opened(): void {
    this.#isOpen = true;
    this.#tellState("catching_up", {});
    const { conflateMs = 0 } = this.#options;
    this.#ask({ type: "subscribe", options: { heartbeat: true, batch: true, conflateMs } });
    this.#sendRound();
  }

  #lost(): void {
    this.#isOpen = this.#isLetIn = false;
    this.#requests.clear();
    this.#channelsAsked.clear();
    clearTimeout(this.#round);
    clearTimeout(this.#again);
    this.#round = this.#again = undefined;
    for (const market of this.#markets.values()) {
      market.phase = "due";
      market.isAskedFor = false;
    }
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
      market.isAskedFor = true;
    }
    const unknown = due.filter(({ odds }) => !odds).map(({ marketId }) => marketId);
    if (unknown.length) this.#ask({ type: "subscribe", markets: unknown }, unknown);
    for (const [epoch, known] of byEpoch(due)) {
      const offsets = Object.fromEntries(known.map(({ marketId, seq }) => [marketId, seq]));
      const ids = known.map(({ marketId }) => marketId);
      this.#ask({ type: "resume", offsets, epoch }, ids);
    }
    this.#tune();
  }

  /** Leave what nobody follows, and what is told to us without our knowing from where on. */
  #part(): void {
    const left: number[] = [];
    for (const market of this.#markets.values()) {
      const isUnwanted = market.listeners.size === 0;
      const isLost = market.phase === "due" && !market.odds;
      if (market.isAskedFor && (isUnwanted || isLost)) left.push(market.marketId);
      if (isUnwanted) this.#markets.delete(market.marketId);
    }
    if (left.length) this.#ask({ type: "unsubscribe", markets: left });
  }

  #tune(): void {
    const more = [...this.#channels].filter((name) => !this.#channelsAsked.has(name));
    const less = [...this.#channelsAsked].filter((name) => !this.#channels.has(name));
    this.#channelsAsked = new Set(this.#channels);
    if (less.length) this.#ask({ type: "unsubscribe", channels: less });
    // One by one: a guest is refused `user`, and not `markets` along with it.
    for (const name of more) this.#ask({ type: "subscribe", channels: [name] }, [], [name]);
  }

  #ask(message: ClientMessage, markets: number[] = [], channels: Channel[] = []): void {
    this.#line.say({ ...message, id: this.#requests.add({ markets, channels }) });
  }

  // --- Hearing -------------------------------------------------------------------------------

  #hear(message: ServerMessage): void {
    this.#isLetIn = true;
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
    if (market?.phase === "current" && verdict === "gap") this.#askFor(market);
  }

  #replaced(whole: Whole): void {
    const market = this.#markets.get(whole.marketId);
    if (market?.phase === "asked") market.phase = "current";
    if (market?.replace(whole)) this.#tellOdds(market);
  }

  #acked({ id, rejected = [], resumed }: Ack): void {
    const reasons = new Map(rejected.map(({ market, reason }) => [market, reason]));
    for (const market of this.#asked(this.#requests.take(id))) {
      const reason = reasons.get(market.marketId);
      const reached = resumed?.[market.marketId];
      if (reason === "NOT_FOUND") this.#notFound(market);
      // What is subscribed anew comes with its snapshot, after this.
      else if (reason || (resumed && !market.has(reached))) this.#wait(market);
      else if (resumed) market.phase = "current";
    }
  }

  #notFound(market: Followed): void {
    market.phase = "refused";
    market.isAskedFor = false;
    const { marketId } = market;
    const message = `There is no market ${marketId}.`;
    this.#teller.tell("problem", new LiveError("NOT_FOUND", message, { marketId }));
  }

  #refused({ id, code, message }: Refused): void {
    const request = this.#requests.take(id);
    const isForGood = code === "FORBIDDEN" || code === "BAD_REQUEST";
    if (!request || isForGood) this.#teller.tell("problem", new LiveError(code, message));
    if (request) this.#notGiven(request);
    const refused = new Set(isForGood ? request?.channels : []);
    this.#channels = new Set([...this.#channels].filter((name) => !refused.has(name)));
  }

  #unanswered(request: Request): void {
    this.#notGiven(request);
    this.#settle();
  }

  #notGiven(request: Request): void {
    for (const market of this.#asked(request)) this.#wait(market);
    for (const name of request.channels) this.#channelsAsked.delete(name);
    if (request.channels.length) this.#askAgain();
  }

  /** Return the markets of a request that wait for its answer. */
  #asked(request: Request | undefined): Followed[] {
    const markets = (request?.markets ?? []).flatMap((id) => this.#markets.get(id) ?? []);
    return markets.filter(({ phase }) => phase === "asked");
  }

  /** Hold what we have against what was sent to us by now. */
  #compare({ marks }: Heartbeat): void {
    const asked = this.#requests.markets();
    for (const market of this.#markets.values()) {
      const isBehind = market.phase === "current" && !market.has(marks[market.marketId]);
      // Its request was answered, and its snapshot has not come.
      const isLost = market.phase === "asked" && !asked.has(market.marketId);
      if (isBehind || isLost) this.#askFor(market);
    }
  }

  #askFor(market: Followed): void {
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
      for (const market of this.#markets.values()) {
        if (market.phase === "waiting") market.phase = "due";
      }
      this.#plan();
    }, this.#backoff.next());
  }

  async #fill(market: Followed, rest: Api): Promise<void> {
    const had = market.odds;
    const { marketId } = market;
    try {
      const news = await missed(rest, marketId, had);
      const isOurs = this.#markets.get(marketId) === market && market.odds?.epoch === had?.epoch;
      if (isOurs) for (const one of news) if (market.take(one)) this.#tellOdds(market);
    } catch (problem) {
      const code = problem instanceof ApiError ? problem.code : "BAD_ANSWER";
      const message = `What market ${marketId} is at could not be read: ${String(problem)}`;
      this.#teller.tell("problem", new LiveError(code, message, { marketId, cause: problem }));
    }
  }

  // --- Telling -------------------------------------------------------------------------------

  #tellOdds(market: Followed): void {
    const { odds } = market;
    if (odds) for (const listener of [...market.listeners]) callListener(listener, odds);
  }

  #tellState(state: LiveState, detail: LiveDetail): void {
    // Each wait is another one; all else is told once.
    if (state === this.#state && state !== "offline") return;
    this.#state = state;
    this.#teller.tell("state", state, detail);
  }

  /** Tell whether all that is followed is present, where that has changed. */
  #settle(): void {
    if (!this.#isLetIn) return;
    const isBehind = [...this.#markets.values()].some((market) => market.isBehind);
    if (!isBehind) this.#backoff.reset();
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
