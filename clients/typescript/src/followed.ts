// One market that is followed: what is known of it, and who wants to know.

import type { Payload, Update, Whole } from "./messages.js";
import { judge, replaces } from "./sequence.js";

/** What is known of a market's odds. Never changes: what comes next is another one. */
export interface Odds {
  readonly marketId: number;
  readonly seq: number;
  readonly epoch: string;
  /** When they changed, in ms since 1970. */
  readonly ts: number;
  readonly payload: Payload;
  /** Whether these are the present odds: the connection stands, and nothing is known to miss. */
  readonly fresh: boolean;
}

export type OddsListener = (odds: Odds) => void;

/**
 * - due: to be asked for with the next round
 * - asked: asked for
 * - waiting: could not be had; asked for again in a while
 * - current: each change will be told
 * - refused: there is no such market on this connection
 */
export type Phase = "due" | "asked" | "waiting" | "current" | "refused";

export class Followed {
  readonly marketId: number;
  readonly listeners: Set<OddsListener> = new Set();
  phase: Phase = "due";
  /** Whether this connection has asked for it, so that something may come. */
  isAskedFor = false;
  #odds: Odds | undefined;

  constructor(marketId: number) {
    this.marketId = marketId;
  }

  /** The same object until something about it changes. */
  get odds(): Odds | undefined {
    const fresh = this.phase === "current";
    if (this.#odds && this.#odds.fresh !== fresh) {
      this.#odds = Object.freeze({ ...this.#odds, fresh });
    }
    return this.#odds;
  }

  /** Whether somebody waits for it. */
  get isBehind(): boolean {
    return this.listeners.size > 0 && !(this.phase === "current" || this.phase === "refused");
  }

  /** Tell whether what is known reaches to a seq; undefined, which nothing reaches, is none. */
  has(seq: number | undefined): boolean {
    return seq !== undefined && this.#odds !== undefined && this.#odds.seq >= seq;
  }

  /** Take a whole state or an update; tell whether anything is new. */
  take(news: Whole | Update): boolean {
    return news.type === "odds_update" ? this.update(news) === "apply" : this.replace(news);
  }

  replace(whole: Whole): boolean {
    if (!replaces(whole, this.#odds)) return false;
    this.#keep(whole, whole.epoch);
    return true;
  }

  update(update: Update): "apply" | "ignore" | "gap" {
    // Without a state there is nothing that it could follow, and a state is on its way.
    if (!this.#odds) return "ignore";
    const verdict = judge(this.#odds.seq, update);
    if (verdict === "apply") this.#keep(update, this.#odds.epoch);
    return verdict;
  }

  #keep({ seq, ts, payload }: Whole | Update, epoch: string): void {
    const fresh = this.phase === "current";
    this.#odds = Object.freeze({ marketId: this.marketId, seq, epoch, ts, payload, fresh });
  }
}
