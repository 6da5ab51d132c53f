// Whatever becomes of frames and connections, the client ends where the house is.

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { LiveOdds, createApi, judge } from "../src/index.js";
import type { LiveState, Odds } from "../src/index.js";
import { Model } from "./model.js";

const RUNS = process.env["KMARKET_PROOF"] === "full" ? 20_000 : 200;
const MARKETS = [1001, 1002, 1003];
const TOKEN = "a.b.c";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the rule", () => {
  test("applies what continues, ignores what is known, and calls all else a gap", () => {
    const seq = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(seq, seq, fc.nat({ max: 9 }), (last, to, more) => {
        const from = Math.max(1, to - more);
        // By what the numbers mean: the frame brings the seqs from..to, the client has 1..last.
        const isNew = to > last;
        const hasHole = from > last + 1;
        const meant = !isNew ? "ignore" : hasHole ? "gap" : "apply";
        expect(judge(last, { seq: to, from_seq: from })).toBe(meant);
      }),
    );
    expect(judge(7, { seq: 8 })).toBe("apply");
    expect(judge(7, { seq: 9 })).toBe("gap");
  });
});

const market = fc.constantFrom(...MARKETS);
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant("move" as const), market }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("deliver" as const) }) },
  fc.record({ what: fc.constantFrom("drop", "double", "swap", "flush") }),
  fc.record({ what: fc.constantFrom("cut", "slow", "restart", "stall", "renew") }),
  fc.record({ what: fc.constantFrom("leave", "join"), market }),
  fc.record({ what: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 16_000 }) }),
);
type Happening = typeof happening extends fc.Arbitrary<infer What> ? What : never;

/** A client that follows, whose every word of the odds is checked. */
class Follower {
  readonly states: LiveState[] = [];
  readonly complaints: string[] = [];
  readonly #house: Model;
  readonly #live: LiveOdds;
  readonly #stops = new Map<number, () => void>();
  readonly #last = new Map<number, Odds>();

  constructor(house: Model) {
    this.#house = house;
    const rest = createApi({ baseUrl: "http://house", fetch: house.fetch as typeof fetch });
    const { WebSocket } = house;
    this.#live = new LiveOdds({ baseUrl: "http://house", token: () => TOKEN, rest, WebSocket });
    this.#live.on("state", (state) => this.states.push(state));
    for (const id of MARKETS) this.join(id);
  }

  join(id: number): void {
    this.leave(id);
    this.#stops.set(
      id,
      this.#live.follow([id], (odds) => this.#check(odds)),
    );
  }

  leave(id: number): void {
    this.#stops.get(id)?.();
    this.#stops.delete(id);
    this.#last.delete(id);
  }

  known(): unknown {
    const ids = [...this.#stops.keys()].sort();
    return ids.map((id) => this.#live.odds(id));
  }

  close(): void {
    this.#live.close();
  }

  #check(odds: Odds): void {
    const last = this.#last.get(odds.marketId);
    const isPresent = odds.epoch === `e${this.#house.epoch}`;
    const head = isPresent ? (this.#house.heads.get(odds.marketId) ?? 0) : Infinity;
    // Each once and in order within one history, and as the house had it.
    const isNext = last?.epoch !== odds.epoch || odds.seq > last.seq;
    const isTrue = odds.payload.odds_a === 100 + odds.seq && odds.payload.reason === odds.epoch;
    if (!isNext || !isTrue || odds.seq > head || !Object.isFrozen(odds)) {
      this.complaints.push(`${JSON.stringify(odds)} after ${JSON.stringify(last)}`);
    }
    this.#last.set(odds.marketId, odds);
  }

  /** Where it should be at last. */
  wanted(): unknown {
    const ids = [...this.#stops.keys()].sort();
    return ids.map((marketId) => {
      const seq = this.#house.heads.get(marketId) ?? 0;
      const payload = this.#house.payload(marketId, seq);
      return { marketId, seq, epoch: `e${this.#house.epoch}`, ts: seq, payload, fresh: true };
    });
  }
}

async function happen(house: Model, follower: Follower, happened: Happening): Promise<void> {
  const { socket } = house;
  const { frames } = socket;
  switch (happened.what) {
    case "move":
      return house.move(happened.market);
    case "deliver":
      return socket.deliver();
    case "drop":
      return void frames.shift();
    case "double":
      return void (frames[0] && frames.unshift(frames[0]));
    case "swap":
      return void (frames[1] && frames.unshift(...frames.splice(1, 1)));
    case "flush":
      return house.flush();
    case "cut":
      return socket.end(1006, "");
    case "slow":
      return socket.end(4408, "you read too slowly");
    case "restart":
      socket.post({ type: "bye", reason: "restart", retryIn: 700 });
      house.flush();
      return socket.end(1012, "restart");
    case "stall":
      socket.isCut = true;
      return;
    case "renew":
      return house.renew();
    case "leave":
      return follower.leave((happened as { market: number }).market);
    case "join":
      return follower.join((happened as { market: number }).market);
    case "pass":
      return void (await vi.advanceTimersByTimeAsync(happened.ms));
  }
}

test("it ends in the house's state, whatever is lost, doubled, reordered, stalled or cut", async () => {
  const run = async (story: readonly Happening[], flows: boolean): Promise<void> => {
    const house = new Model(MARKETS);
    house.flows = flows;
    const follower = new Follower(house);
    try {
      await vi.advanceTimersByTimeAsync(1);
      house.flows = false;
      for (const happened of story) await happen(house, follower, happened);

      house.flows = true;
      // Silence is noticed after 20 s, and the longest wait between two tries is 30 s.
      await vi.advanceTimersByTimeAsync(120_000);

      expect(follower.complaints).toEqual([]);
      expect(follower.known()).toEqual(follower.wanted());
      expect(follower.states.at(-1)).toBe("live");
    } finally {
      follower.close();
    }
    expect(vi.getTimerCount()).toBe(0);
  };
  const stories = fc.array(happening, { maxLength: 60 });
  await fc.assert(fc.asyncProperty(stories, fc.boolean(), run), { numRuns: RUNS });
}, 300_000);
