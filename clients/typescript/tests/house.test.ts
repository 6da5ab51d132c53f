// Against a real house, which e2e/test_typescript_client.py starts: KMARKET_URL is its address, and
// KMARKET_STAGE that of whoever moves its odds, restarts it, and ends sessions.

import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";

import { ApiError, LiveOdds, createApi, guestSession } from "../src/index.js";
import type { LiveOptions, LiveState, Odds } from "../src/index.js";

const baseUrl = process.env["KMARKET_URL"] ?? "";
const stage = process.env["KMARKET_STAGE"] ?? "";
const PATIENCE = { timeout: 20_000, interval: 20 };

/** Have something done, by the name of it in the e2e test. */
async function ask(what: string, told: Record<string, unknown> = {}): Promise<any> {
  const answer = await fetch(`${stage}/${what}`, { method: "POST", body: JSON.stringify(told) });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${what}: ${body}`);
  return JSON.parse(body);
}

/** A client and what it was told: each seq of each market, and how often it was one too many. */
class Follower {
  readonly live: LiveOdds;
  readonly states: LiveState[] = [];
  readonly closes: (number | undefined)[] = [];
  readonly problems: string[] = [];
  readonly told: Odds[] = [];

  #mayComeBack: Promise<unknown> = Promise.resolve();

  constructor(ids: number[], options: Partial<LiveOptions> = {}) {
    const token = async (): Promise<string> => {
      await this.#mayComeBack;
      return (await guestSession(api)).token;
    };
    const given = { baseUrl, token, rest: api, WebSocket, ...options };
    this.live = new LiveOdds(given);
    this.live.on("state", (state, { code }) => {
      this.states.push(state);
      if (state === "offline") this.closes.push(code);
    });
    this.live.on("problem", ({ code, message }) => this.problems.push(`${code} ${message}`));
    this.live.follow(ids, (odds) => this.told.push(odds));
    followers.push(this);
  }

  get seqs(): number[] {
    return this.told.map(({ seq }) => seq);
  }

  /** Cut it off, and let it come back when something has been done. */
  async isAwayWhile(act: () => Promise<unknown>, way: Way): Promise<void> {
    let comeBack: (_: unknown) => void;
    this.#mayComeBack = new Promise((resolve) => (comeBack = resolve));
    way.cut();
    await this.is("offline");
    await act();
    comeBack!(undefined);
  }

  is(state: LiveState): Promise<void> {
    return vi.waitFor(() => expect(this.live.state).toBe(state), PATIENCE);
  }

  /** Wait until it knows a market's odds as the house has them. */
  async stands(market: number): Promise<void> {
    const { seq, payload, epoch } = await ask("stored", { market });
    await vi.waitFor(() => {
      const known = this.live.odds(market);
      expect([known?.seq, known?.fresh, known?.epoch]).toEqual([seq, true, epoch]);
      expect(known?.payload).toEqual(payload);
    }, PATIENCE);
  }
}

const followers: Follower[] = [];
const api = createApi({ baseUrl });
afterEach(() => {
  for (const { live } of followers.splice(0)) live.close();
});

/** What lies between a client and the house: it can be cut, and fall silent. */
class Way {
  readonly #open = new Set<Socket>();
  readonly #server: Server;
  isSilent = false;

  constructor() {
    this.#server = createServer((near) => {
      const { hostname, port } = new URL(baseUrl);
      const far = connect(Number(port), hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#open.add(one);
        one.on("data", (data) => void (this.isSilent || other.write(data)));
        one.on("error", () => {});
        one.on("close", () => other.destroy());
      }
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

describe.skipIf(!baseUrl)("against a real house", { timeout: 60_000 }, () => {
  let market: number;
  const way = new Way();
  let by: string;

  beforeAll(async () => {
    market = await ask("open_market");
    by = await way.listen();
  });
  afterAll(() => way.close());

  test("each change comes in order, with either way of the token", async () => {
    const one = new Follower([market]);
    const other = new Follower([market], { tokenIn: "query" });
    await Promise.all([one.is("live"), other.is("live")]);
    const from = one.live.odds(market)!.seq;
    const to: number = await ask("move", { market, times: 5 });
    await Promise.all([one.stands(market), other.stands(market)]);

    const all = Array.from({ length: to - from + 1 }, (_, at) => from + at);
    expect([one.seqs, other.seqs]).toEqual([all, all]);
    expect([...one.problems, ...other.problems]).toEqual([]);
  });

  test("an unknown market is a problem, and none for the others", async () => {
    const follower = new Follower([market, 5]);
    await follower.is("live");
    expect(follower.problems).toEqual(["NOT_FOUND There is no market 5."]);
    await follower.stands(market);
  });

  test("a cut is resumed, each change once", async () => {
    const follower = new Follower([market], { baseUrl: by });
    await follower.is("live");
    await follower.isAwayWhile(() => ask("move", { market, times: 3 }), way);
    await follower.stands(market);

    const [first = 0] = follower.seqs;
    expect(follower.seqs).toEqual([first, first + 1, first + 2, first + 3]);
    expect(follower.closes).toEqual([1006]);
  });

  test("whoever missed more than is replayed takes the whole state", async () => {
    const follower = new Follower([market], { baseUrl: by });
    await follower.is("live");
    await follower.isAwayWhile(() => ask("move", { market, times: 30 }), way);
    await follower.stands(market);

    const [first = 0] = follower.seqs;
    expect(follower.seqs).toEqual([first, first + 30]);
    await ask("move", { market, times: 1 });
    await follower.stands(market);
  });

  test("a way that falls silent is left for another", async () => {
    const follower = new Follower([market], { baseUrl: by, silenceMs: 700 });
    await follower.is("live");
    way.isSilent = true;
    await follower.is("offline");
    expect(follower.closes).toEqual([0]);
    way.isSilent = false;
    await ask("move", { market, times: 2 });
    await follower.stands(market);
  });

  test("a session that is ended or expires is followed by another one", async () => {
    const tokens: string[] = [
      await ask("token", { seconds: 900 }),
      await ask("token", { seconds: 2 }),
    ];
    const used: string[] = [];
    const token = async (): Promise<string> => {
      used.push(tokens.shift() ?? (await guestSession(api)).token);
      return used.at(-1)!;
    };
    const follower = new Follower([market], { token });
    await follower.is("live");
    await ask("revoke", { token: used[0] });
    await vi.waitFor(() => expect(follower.closes).toEqual([4401, 4401]), PATIENCE);
    await ask("move", { market, times: 2 });
    await follower.stands(market);
    expect([used.length, follower.problems]).toEqual([3, []]);
  });

  test("a token that stays refused ends the tries, until there is another one", async () => {
    let token = await ask("token", { seconds: 900 });
    await ask("revoke", { token });
    const follower = new Follower([market], { token: () => token });
    await follower.is("stopped");
    expect(follower.problems).toEqual([
      "UNAUTHORIZED The token was refused, and there is no other one.",
    ]);

    token = await ask("token", { seconds: 900 });
    follower.live.reconnect();
    await follower.stands(market);
  });

  test("another history replaces what was known", async () => {
    const follower = new Follower([market], { baseUrl: by });
    await follower.is("live");
    const { epoch } = follower.live.odds(market)!;
    await follower.isAwayWhile(() => ask("renew_epoch"), way);
    await follower.stands(market);
    expect(follower.live.odds(market)?.epoch).not.toBe(epoch);
  });

  test("a restart sends clients away and takes them back", async () => {
    const follower = new Follower([market]);
    await follower.is("live");
    await ask("restart");
    await vi.waitFor(() => expect(follower.closes).toContain(1012), PATIENCE);
    await ask("move", { market, times: 4 });
    await follower.stands(market);
    // A process may only have heard now of the history that began a test ago.
    const { epoch } = follower.live.odds(market)!;
    const seqs = follower.told.filter((odds) => odds.epoch === epoch).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, at) => seqs[0]! + at));
  });

  test("a refusal is an ApiError that names its request", async () => {
    const asked = api.get("/api/v1/markets/{market_id}", { path: { market_id: 5 } });
    const refusal = await asked.catch((problem: unknown) => problem);
    expect(refusal).toBeInstanceOf(ApiError);
    expect(refusal).toMatchObject({ status: 404, code: "NOT_FOUND", reason: "NO_SUCH_MARKET" });
    expect((refusal as ApiError).requestId).toMatch(/^\w+$/);

    const nowhere = createApi({ baseUrl: "http://127.0.0.1:1" });
    await expect(nowhere.get("/api/v1/config")).rejects.toMatchObject({ code: "NO_ANSWER" });
  });

  test("the page's program runs as it is shown", async () => {
    const said: unknown[][] = [];
    vi.spyOn(console, "log").mockImplementation((...words) => void said.push(words));
    const complaint = vi.spyOn(console, "error");
    vi.stubGlobal("WebSocket", WebSocket);
    vi.stubGlobal("ethereum", { request: (asked: object) => ask("wallet", { ...asked }) });

    await import("../page/program.js");

    const words = said.map((line) => String(line[0]));
    expect(words).toEqual(expect.arrayContaining(["placed at", "live", "left", "stopped"]));
    expect(said.find(([word]) => word === "left")).toEqual(["left", "995000000000000000000"]);
    expect(complaint).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
});
