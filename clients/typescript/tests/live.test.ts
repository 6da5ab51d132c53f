// The ways of a connection, one by one, by a clock of our own.

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { LiveOdds, createApi } from "../src/index.js";
import type { LiveDetail, LiveOptions, LiveState, Odds } from "../src/index.js";
import { Model } from "./model.js";

const BASE = "https://house.example";

let house: Model;
let lives: LiveOdds[];

beforeEach(() => {
  vi.useFakeTimers();
  house = new Model([1001, 1002]);
  lives = [];
});
afterEach(() => {
  for (const live of lives) live.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

interface Heard {
  live: LiveOdds;
  states: [LiveState, LiveDetail][];
  problems: [string, number | undefined][];
  odds: Odds[];
}

function listen(options: Partial<LiveOptions> = {}, markets = [1001]): Heard {
  const { WebSocket } = house;
  const live = new LiveOdds({ baseUrl: BASE, token: () => "one", WebSocket, ...options });
  lives.push(live);
  const heard: Heard = { live, states: [], problems: [], odds: [] };
  live.on("state", (state, detail) => heard.states.push([state, detail]));
  live.on("problem", ({ code, marketId }) => heard.problems.push([code, marketId]));
  live.follow(markets, (odds) => heard.odds.push(odds));
  return heard;
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const names = ({ states }: Heard): LiveState[] => states.map(([state]) => state);
const said = (): unknown[] => house.socket.said.map(({ id: _, ...message }) => message);

test("the token goes as a subprotocol, or in the query", async () => {
  listen();
  await pass(1);
  listen({ tokenIn: "query" });
  await pass(1);

  const [first, second] = house.sockets.map(({ url, protocols }) => [url, protocols]);
  expect(first).toEqual(["wss://house.example/ws/odds", ["kmarket.v1", "bearer.one"]]);
  expect(second).toEqual(["wss://house.example/ws/odds?token=one", undefined]);
});

test("it connects, catches up, is live, and tells each change as another object", async () => {
  const heard = listen();
  await pass(1);
  house.move(1001);
  house.flush();

  expect(names(heard)).toEqual(["connecting", "catching_up", "live"]);
  expect(heard.odds.map(({ seq, fresh }) => [seq, fresh])).toEqual([
    [1, true],
    [2, true],
  ]);
  expect(heard.live.odds(1001)).toBe(heard.odds[1]);
});

test("what is known stays known while offline, but isn't fresh, and is resumed", async () => {
  const heard = listen();
  await pass(1);
  house.socket.end(1006, "");
  house.move(1001);
  house.move(1001);

  expect(heard.live.odds(1001)).toMatchObject({ seq: 1, fresh: false });
  await pass(500);
  expect(said().at(-1)).toEqual({ type: "resume", offsets: { 1001: 1 }, epoch: "e1" });
  expect(heard.odds.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(heard.live.odds(1001)).toMatchObject({ seq: 3, fresh: true });
});

test("many follows are one request, and what is left is unsubscribed", async () => {
  const { live } = listen();
  const stop = live.follow([1002], () => {});
  for (let times = 0; times < 50; times++) live.follow([1002], () => {})();
  await pass(1);
  const options = { heartbeat: true, batch: true, conflateMs: 0 };
  const first = { type: "subscribe", options };
  expect(said()).toEqual([first, { type: "subscribe", markets: [1001, 1002] }]);

  stop();
  await pass(250);
  expect(said().at(-1)).toEqual({ type: "unsubscribe", markets: [1002] });
  expect(live.odds(1002)).toBeUndefined();
});

test("whoever joins later gets what is known at once", async () => {
  const { live } = listen();
  await pass(1);
  const late: Odds[] = [];
  live.follow([1001], (odds) => late.push(odds));
  await pass(0);
  expect(late).toEqual([live.odds(1001)]);
});

test("no id, and more than a connection holds, are refused with a word", () => {
  const { live } = listen();
  expect(() => live.follow([1.5], () => {})).toThrow("1.5 is no market's id.");
  const many = Array.from({ length: 200 }, (_, at) => at + 2000);
  expect(() => live.follow(many, () => {})).toThrow("201 markets: one connection follows 200");
});

test("a refused token is asked for anew; the same one again ends it", async () => {
  const tokens = ["two", "two", "three"];
  house.lets = (token) => token !== "two";
  let token = "one";
  const heard = listen({ token: () => token });
  await pass(1);

  token = tokens.shift()!;
  house.socket.end(4401, "token expired");
  expect(heard.states.at(-1)![1]).toMatchObject({ code: 4401, reason: "token expired" });
  await pass(500);
  expect(heard.problems).toEqual([["UNAUTHORIZED", undefined]]);
  await pass(60_000);
  expect(heard.live.state).toBe("stopped");
  expect(heard.problems.length).toBe(2);
  expect(vi.getTimerCount()).toBe(0);

  token = "three";
  heard.live.reconnect();
  await pass(1);
  expect(heard.live.state).toBe("live");
});

test("without a token there is a problem and another try; with a refusal there is none", async () => {
  let status = 503;
  const fetch = async (): Promise<Response> => {
    const body = JSON.stringify({ code: status === 503 ? "X" : "Y", message: "no" });
    return new Response(body, { status, headers: { "Retry-After": "3" } });
  };
  const api = createApi({ baseUrl: BASE, fetch });
  const token = async (): Promise<string> => (await api.get("/api/v1/ws/token")).token;
  const heard = listen({ token });
  await pass(0);
  expect(heard.states.at(-1)).toMatchObject(["offline", { retryInMs: 3000 }]);

  status = 401;
  await pass(3000);
  expect(heard.live.state).toBe("stopped");
  expect(heard.problems).toEqual([
    ["X", undefined],
    ["Y", undefined],
  ]);
});

test("a bye says when to come back", async () => {
  const heard = listen();
  await pass(1);
  house.socket.post({ type: "bye", reason: "restart", retryIn: 1234 });
  house.flush();
  house.socket.end(1012, "restart");

  const detail = { code: 1012, reason: "restart", retryInMs: 1234 };
  expect(heard.states.at(-1)).toEqual(["offline", detail]);
  await pass(1233);
  expect(house.sockets.length).toBe(1);
  await pass(2);
  expect(house.sockets.length).toBe(2);
});

test("waits double, are spread, and begin anew once a connection held", async () => {
  const heard = listen();
  await pass(1);
  const waits: number[] = [];
  for (let tries = 0; tries < 9; tries++) {
    house.socket.end(1006, "");
    waits.push(heard.states.at(-1)![1].retryInMs!);
    await pass(waits.at(-1)! + 1);
  }
  const most = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000];
  for (const [at, wait] of waits.entries()) {
    expect(wait).toBeGreaterThanOrEqual(most[at]! / 2);
    expect(wait).toBeLessThanOrEqual(most[at]!);
  }
  expect(new Set(waits.map((wait, at) => wait / most[at]!)).size).toBeGreaterThan(1);

  await pass(10_000);
  house.socket.end(1006, "");
  expect(heard.states.at(-1)![1].retryInMs).toBeLessThanOrEqual(500);
});

test("silence ends a connection, heartbeats keep it", async () => {
  const heard = listen();
  await pass(65_000);
  expect(house.sockets.length).toBe(1);

  // The last one came at 60 s.
  house.socket.isCut = true;
  await pass(15_000);
  expect(heard.states.at(-1)).toMatchObject(["offline", { code: 0, reason: "nothing was heard" }]);
  await pass(500);
  expect(heard.live.state).toBe("live");
});

test("an unknown market is a problem, and none for the others", async () => {
  const heard = listen({}, [1001, 5]);
  await pass(1);
  expect(heard.problems).toEqual([["NOT_FOUND", 5]]);
  expect(heard.live.state).toBe("live");

  house.heads.set(5, 1);
  heard.live.follow([5], () => {});
  await pass(250);
  expect(heard.live.odds(5)).toMatchObject({ seq: 1, fresh: true });
});

test("REST tells what the socket cannot, until it can", async () => {
  const rest = createApi({ baseUrl: BASE, fetch: house.fetch as typeof fetch });
  const heard = listen({ rest }, [1001, 1002]);
  await pass(1);
  house.unavailable.add(1001).add(1002);
  house.socket.end(1006, "");
  for (const _ of [1, 2, 3]) house.move(1001);
  await pass(501);

  expect(heard.live.state).toBe("catching_up");
  expect(heard.live.odds(1001)).toMatchObject({ seq: 4, fresh: false });
  const ours = heard.odds.filter(({ marketId }) => marketId === 1001);
  expect(ours.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);

  house.unavailable.clear();
  await pass(30_000);
  expect(heard.live.odds(1001)).toMatchObject({ seq: 4, fresh: true });
  expect(heard.live.state).toBe("live");
});

test("a guest is refused what is the user's, and hears the rest", async () => {
  const heard = listen();
  const events: string[] = [];
  heard.live.on("event", ({ type }) => events.push(type));
  heard.live.channels(["markets", "user"]);
  await pass(1);
  house.socket.post({ type: "market:created", marketId: 7, ts: 1 });
  house.flush();

  expect(heard.problems).toEqual([["FORBIDDEN", undefined]]);
  expect(events).toEqual(["market:created"]);
  await pass(60_000);
  expect(said().filter((message) => "channels" in (message as object)).length).toBe(2);
});

test("a close that nothing here can mend ends it, and too many messages cost a long wait", async () => {
  const heard = listen();
  await pass(1);
  house.socket.end(4429, "too many mistakes");
  expect(heard.states.at(-1)).toMatchObject(["offline", { retryInMs: 30_000 }]);
  await pass(30_001);
  house.socket.end(4404, "nothing is at this address");
  expect(heard.states.at(-1)).toMatchObject(["stopped", { code: 4404 }]);
  expect(heard.problems.map(([code]) => code)).toEqual(["RATE_LIMITED", "BAD_REQUEST"]);
});
