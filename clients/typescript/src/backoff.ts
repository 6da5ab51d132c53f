// How long to wait before the next try.

/** Doubles from `firstMs` to `mostMs`; each wait is a random one between half of that and it. */
export class Backoff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  #tries = 0;

  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
  }

  /** Return the next wait in ms. */
  next(): number {
    const most = Math.min(this.#firstMs * 2 ** this.#tries, this.#mostMs);
    if (most < this.#mostMs) this.#tries += 1;
    // Spread, so that clients which were cut off together don't come back together.
    return (most * (1 + Math.random())) / 2;
  }

  reset(): void {
    this.#tries = 0;
  }
}
