// What the house tells: its settings, prices as they move, and how far they are to be believed.

import { batch, effect, type Signal, signal } from "@preact/signals";
import { LiveOdds, type Schemas } from "kmarket-client";
import { shownAmount } from "./amounts";
import { api, hasBalance, readBalance, session, socketToken } from "./session";

export type Config = Schemas["Config"];
export type Payload = Schemas["Payload"];
export type Line = "connecting" | "live" | "catching_up" | "offline" | "stopped";

/** A market's prices as of `seq`. */
export interface Known {
  seq: number;
  ts: number;
  payload: Payload;
}

export const config = signal<Config | null>(null);
export const configProblem = signal<unknown>(null);
/** How prices come. Only while it is "live" may one be shown as the present one. */
export const line = signal<Line>("connecting");
/** Since when they don't. */
export const lostAt = signal<number | null>(null);

const known = new Map<number, Signal<Known | undefined>>();
const heard = new Set<(event: HouseEvent) => void>();
const follows = new Set<{ ids: number[]; stop?: () => void }>();
let live: LiveOdds | null = null;

/** What is told besides prices; docs/sockets.md lists it. */
export interface HouseEvent {
  type: string;
  marketId?: number;
  [member: string]: unknown;
}

/** The prices of a market; undefined until the house has told them. */
export function pricesOf(id: number): Signal<Known | undefined> {
  let prices = known.get(id);
  if (!prices) known.set(id, (prices = signal(undefined)));
  return prices;
}

/**
 * Whether the prices of a market are the present ones, as far as anybody here can know. While some
 * are being caught up with, others may be present already.
 */
export function isFresh(id: number): boolean {
  const now = line.value;
  if (!pricesOf(id).value) return false;
  return now === "live" || (now === "catching_up" && (live?.odds(id)?.fresh ?? false));
}

/** Follow the prices of markets until the returned function is called. */
export function follow(ids: number[]): () => void {
  const one: { ids: number[]; stop?: () => void } = { ids };
  follows.add(one);
  if (live) one.stop = following(live, ids);
  return () => {
    follows.delete(one);
    one.stop?.();
  };
}

/** Hear what is told besides prices, until the returned function is called. */
export function hear(listener: (event: HouseEvent) => void): () => void {
  heard.add(listener);
  return () => heard.delete(listener);
}

function following(feed: LiveOdds, ids: number[]): () => void {
  return feed.follow(ids, (now) => {
    pricesOf(now.marketId).value = { seq: now.seq, ts: now.ts, payload: now.payload as Payload };
  });
}

/** Ask what this house is, and listen to it: anew whenever somebody signs in or out. */
export function connect(): void {
  void readConfig();
  let token: string | null | undefined;
  effect(() => {
    const next = session.value?.token ?? null;
    if (next === token) return;
    token = next;
    reconnect(next !== null);
  });
  hear((event) => {
    if (event.type === "user:balance_update" && event.source === "ledger") {
      hasBalance(event as unknown as Schemas["OwnBalance"]);
    }
    if (event.type === "user:resync") void readBalance().catch(() => undefined);
  });
}

export async function readConfig(): Promise<void> {
  configProblem.value = null;
  try {
    config.value = await api.get("/api/v1/config");
  } catch (problem) {
    configProblem.value = problem;
  }
}

/** Try to connect now, in place of waiting. */
export function tryNow(): void {
  live?.reconnect();
}

function reconnect(signedIn: boolean): void {
  const before = live;
  live = null;
  before?.close();
  const feed = new LiveOdds({ baseUrl: location.origin, token: socketToken, tokenIn: "protocol", rest: api });
  live = feed;
  feed.channels(signedIn ? ["markets", "user"] : ["markets"]);
  feed.on("state", (state) => {
    // What an old connection still says is none of our business.
    if (feed === live) hasLine(state);
  });
  feed.on("event", (event) => {
    if (feed === live) for (const listener of heard) listener(event as unknown as HouseEvent);
  });
  feed.on("problem", () => {
    // The token was refused: the house says so to whoever asks with it, too.
    if (feed === live && session.peek()) void readBalance().catch(() => undefined);
  });
  for (const one of follows) one.stop = following(feed, one.ids);
  if (signedIn) void readBalance().catch(() => undefined);
}

function hasLine(now: Line): void {
  batch(() => {
    if (now === "live") lostAt.value = null;
    else if (line.peek() === "live") lostAt.value = Date.now();
    line.value = now;
  });
}

/** Write an amount of the house's token for reading, without its name. */
export function shown(amount: bigint | string): string {
  return shownAmount(BigInt(amount), config.value?.token.decimals ?? 0);
}

/** The same, with its name. */
export function named(amount: bigint | string): string {
  return `${shown(amount)} ${symbol()}`;
}

export function symbol(): string {
  return config.value?.token.symbol ?? "";
}
