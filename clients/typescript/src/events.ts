// What a LiveOdds tells, and to whom.

import type { EventMessage } from "./messages.js";

/**
 * - connecting: a connection is being made
 * - catching_up: there is one, and some of what is followed is not known to be present
 * - live: everything followed is present
 * - offline: there is none; another try comes by itself
 * - stopped: there is none, and there will be none until `reconnect()`
 */
export type LiveState = "connecting" | "catching_up" | "live" | "offline" | "stopped";

/** Why a connection ended, and when the next try comes. */
export interface LiveDetail {
  /** The close's; 0 where it was given up from here. */
  code?: number;
  reason?: string;
  retryInMs?: number;
}

/** Something that was refused or could not be had. `code` is one of the API's, as a rule. */
export class LiveError extends Error {
  override readonly name = "LiveError";
  readonly code: string;
  readonly marketId: number | undefined;

  constructor(code: string, message: string, known: { marketId?: number; cause?: unknown } = {}) {
    super(message, { cause: known.cause });
    this.code = code;
    this.marketId = known.marketId;
  }
}

export interface LiveEvents {
  state: [state: LiveState, detail: LiveDetail];
  event: [message: EventMessage];
  problem: [error: LiveError];
}

type Listeners = { [Name in keyof LiveEvents]: Set<(...told: LiveEvents[Name]) => void> };

/** Call a listener. What it throws is its own: all others are told nevertheless. */
export function callListener<Told extends unknown[]>(
  listener: (...told: Told) => void,
  ...told: Told
): void {
  try {
    listener(...told);
  } catch (problem) {
    queueMicrotask(() => {
      throw problem;
    });
  }
}

export class Teller {
  readonly #listeners: Listeners = { state: new Set(), event: new Set(), problem: new Set() };

  on<Name extends keyof LiveEvents>(
    name: Name,
    listener: (...told: LiveEvents[Name]) => void,
  ): () => void {
    // A function that listens twice is told twice, and each `stop` ends its own.
    const own = (...told: LiveEvents[Name]): void => listener(...told);
    this.#listeners[name].add(own);
    return () => void this.#listeners[name].delete(own);
  }

  tell<Name extends keyof LiveEvents>(name: Name, ...told: LiveEvents[Name]): void {
    for (const listener of [...this.#listeners[name]]) callListener(listener, ...told);
  }
}
