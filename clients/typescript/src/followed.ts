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
  /** Whether these are the present odds, as far as anybody here can know. */
  readonly fresh: boolean;
}

export type OddsListener = (odds: Odds) => void;

/**
 * - due: to be asked for with the next request
 * - asked: a request is under way
 * - waiting: could not be had; asked for again in a while
 * - current: each change will be told
 * - refused: there is no such market for us on this connection
 */
export type Phase = "due" | "asked" | "waiting" | "current" | "refused";

export class Followed {
  readonly marketId: number;
  readonly listeners: Set<OddsListener> = new Set();
  phase: Phase = "due";
  /** Whether the server was asked to tell this connection of it. */
  onServer = false;
  #odds: Odds | undefined;

  constructor(marketId: number) {
    this.marketId = marketId;
  }

  /** The same object until something about it changes. */
  get odds(): Odds | undefined {
    const fresh = this.phase === "current";
    if (this.#odds && this.#odds.fresh !== fresh) this.#odds = Object.freeze({ ...this.#odds, fresh });
    return this.#odds;
  }

  /** Take a whole state; tell whether anything is new. */
  replace({ seq, epoch, ts, payload }: Omit<Whole, "type" | "reason">): boolean {
    if (!replaces({ seq, epoch }, this.#odds)) return false;
    this.#keep({ seq, epoch, ts, payload });
    return true;
  }

  /** Take an update if it is next; without a state there is nothing that it could follow. */
  update(update: Update): "apply" | "ignore" | "gap" {
    if (!this.#odds) return "ignore";
    const verdict = judge(this.#odds.seq, update);
    const { seq, ts, payload } = update;
    if (verdict === "apply") this.#keep({ seq, epoch: this.#odds.epoch, ts, payload });
    return verdict;
  }

  #keep(news: Pick<Odds, "seq" | "epoch" | "ts" | "payload">): void {
    const fresh = this.phase === "current";
    this.#odds = Object.freeze({ marketId: this.marketId, ...news, fresh });
  }
}
