// What was asked over one connection, until it is answered.

import type { Channel } from "./messages.js";

const ANSWER_MS = 10_000;

/** What a request was about. */
export interface Request {
  markets: readonly number[];
  channels: readonly Channel[];
}

export class Requests {
  readonly #asked = new Map<number, Request & { deadline: ReturnType<typeof setTimeout> }>();
  readonly #unanswered: (request: Request) => void;
  #last = 0;

  /** `unanswered` gets each request whose answer takes too long. */
  constructor(unanswered: (request: Request) => void) {
    this.#unanswered = unanswered;
  }

  /** Return the id for a new one. */
  add(request: Request): number {
    const id = ++this.#last;
    const deadline = setTimeout(() => {
      this.#asked.delete(id);
      this.#unanswered(request);
    }, ANSWER_MS);
    this.#asked.set(id, { ...request, deadline });
    return id;
  }

  /** Take the one that this answers; undefined where that is none, or an answer too late. */
  take(id: number | string | undefined): Request | undefined {
    const request = this.#asked.get(Number(id));
    clearTimeout(request?.deadline);
    this.#asked.delete(Number(id));
    return request;
  }

  /** Return every market that is asked for. */
  markets(): Set<number> {
    return new Set([...this.#asked.values()].flatMap(({ markets }) => markets));
  }

  clear(): void {
    for (const { deadline } of this.#asked.values()) clearTimeout(deadline);
    this.#asked.clear();
  }
}
