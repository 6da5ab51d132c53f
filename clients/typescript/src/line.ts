// The way to a house's socket: a token, a connection, and another one when that ends.

import { ApiError } from "./api.js";
import { Backoff } from "./backoff.js";
import { Connection, openSocket } from "./connection.js";
import type { End, WebSocketClass } from "./connection.js";
import { LiveError } from "./events.js";
import type { LiveDetail } from "./events.js";
import type { ClientMessage, ServerMessage } from "./messages.js";

// A heartbeat comes each 15 s.
const SILENCE_MS = 20_000;
const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 30_000;
// A connection that lasted so long held: the next try after it comes soon.
const HELD_MS = 10_000;

// From 4400 to 4449 a close asks to mend something first: these three are mended by another token,
// by coming back, and by waiting.
const BAD_TOKEN = 4401;
const TOO_SLOW = 4408;
const ABUSE = 4429;

export interface LineOptions {
  /** Where the house is: "https://kmarket.example", or "" on its own pages. */
  baseUrl: string;
  /** Asked before each connection: a token may have ended meanwhile. */
  token: () => string | Promise<string>;
  /** As a subprotocol, which is what happens otherwise, the token stays out of logs. */
  tokenIn?: "protocol" | "query";
  /** In place of the global one, which Node.js has from 22 on. */
  WebSocket?: WebSocketClass;
  /** So long without a word, in ms, and a connection is given up. */
  silenceMs?: number;
}

/** Who uses a line. What comes of an earlier connection is not told. */
export interface LineUser {
  connecting(): void;
  opened(): void;
  heard(message: ServerMessage): void;
  /** All messages of a frame have been told. */
  rested(): void;
  /** There is no connection any more, and requests stay unanswered. */
  lost(): void;
  offline(detail: LiveDetail): void;
  stopped(detail: LiveDetail): void;
  problem(error: LiveError): void;
}

export class Line {
  readonly #options: LineOptions;
  readonly #user: LineUser;
  readonly #backoff = new Backoff(RETRY_MS_FIRST, RETRY_MS_MAX);
  // Counts tries: what comes late of an earlier one is not the present one's.
  #attempt = 0;
  #connection: Connection | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isWaiting = false;
  #letInAt: number | undefined;
  #token: string | undefined;
  #refusedToken: string | undefined;
  #refusals = 0;

  constructor(options: LineOptions, user: LineUser) {
    this.#options = options;
    this.#user = user;
    globalThis.addEventListener?.("online", this.#online);
  }

  get hasBegun(): boolean {
    return this.#attempt > 0;
  }

  /** Connect anew at once, whatever there was. */
  connect(): void {
    this.#refusedToken = undefined;
    this.#backoff.reset();
    this.#connection?.leave();
    this.#forget();
    void this.#connect();
  }

  say(message: ClientMessage): void {
    this.#connection?.say(message);
  }

  close(): void {
    globalThis.removeEventListener?.("online", this.#online);
    this.#connection?.leave();
    this.#forget();
  }

  readonly #online = (): void => {
    if (this.#isWaiting) this.connect();
  };

  async #connect(): Promise<void> {
    const { token: source, silenceMs = SILENCE_MS } = this.#options;
    const attempt = ++this.#attempt;
    this.#isWaiting = false;
    this.#timer = setTimeout(() => this.#wait({ reason: "no token came" }), silenceMs);
    this.#user.connecting();
    let token: string;
    try {
      token = await source();
    } catch (problem) {
      if (attempt === this.#attempt) this.#withoutToken(problem);
      return;
    }
    if (attempt !== this.#attempt) return;
    clearTimeout(this.#timer);
    if (token === this.#refusedToken) {
      const message = "The token was refused, and there is no other one.";
      this.#stop(new LiveError("UNAUTHORIZED", message));
    } else {
      this.#token = token;
      this.#open(token, attempt);
    }
  }

  #open(token: string, attempt: number): void {
    const { baseUrl, tokenIn = "protocol", silenceMs = SILENCE_MS } = this.#options;
    const present = (act: () => void): void => {
      if (attempt === this.#attempt) act();
    };
    try {
      const socket = openSocket(this.#webSocket(), baseUrl, token, tokenIn);
      this.#connection = new Connection(socket, silenceMs, {
        opened: () => present(() => this.#user.opened()),
        heard: (message) => present(() => this.#heard(message)),
        rested: () => present(() => this.#user.rested()),
        ended: (end) => present(() => this.#ended(end)),
      });
    } catch (problem) {
      // Not the message of it, which may hold the token.
      const message = `No socket can be opened at ${baseUrl}.`;
      this.#stop(new LiveError("BAD_REQUEST", message, { cause: problem }));
    }
  }

  /** Nothing is said to whom the server doesn't let in. */
  #heard(message: ServerMessage): void {
    this.#letInAt ??= Date.now();
    this.#refusals = 0;
    this.#user.heard(message);
  }

  #webSocket(): WebSocketClass {
    const found =
      this.#options.WebSocket ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
    if (!found) throw new Error("There is no WebSocket here: hand in that of the package `ws`.");
    return found;
  }

  #withoutToken(problem: unknown): void {
    const known = problem instanceof ApiError ? problem : undefined;
    const message = problem instanceof Error ? problem.message : String(problem);
    const code = known?.code ?? "UNAUTHORIZED";
    const error = new LiveError(code, `No token could be had: ${message}`, { cause: problem });
    if (known?.status === 401 || known?.status === 403) {
      this.#stop(error);
    } else {
      this.#user.problem(error);
      this.#wait({ reason: error.message }, known?.retryAfterMs);
    }
  }

  #ended({ code, reason, retryIn }: End): void {
    const letInFor = Date.now() - (this.#letInAt ?? Date.now());
    if (letInFor >= HELD_MS) this.#backoff.reset();
    if (code === BAD_TOKEN) {
      this.#refusedToken = this.#token;
      // Once is how a token's life ends; the next one is a new one.
      if (++this.#refusals > 1) this.#user.problem(new LiveError("UNAUTHORIZED", reason));
      this.#wait({ code, reason });
    } else if (code === ABUSE) {
      this.#user.problem(new LiveError("RATE_LIMITED", reason));
      this.#wait({ code, reason }, RETRY_MS_MAX);
    } else if (code >= 4400 && code < 4450 && code !== TOO_SLOW) {
      const error = new LiveError("BAD_REQUEST", `The server closes with ${code}: ${reason}`);
      this.#stop(error, { code, reason });
    } else {
      this.#wait({ code, reason }, retryIn ?? undefined);
    }
  }

  #wait(detail: LiveDetail, ms: number = this.#backoff.next()): void {
    this.#forget();
    this.#isWaiting = true;
    const retryInMs = Math.round(ms);
    this.#timer = setTimeout(() => void this.#connect(), retryInMs);
    this.#user.offline({ ...detail, retryInMs });
  }

  #stop(error: LiveError, detail: LiveDetail = { reason: error.message }): void {
    this.#forget();
    this.#user.problem(error);
    this.#user.stopped(detail);
  }

  #forget(): void {
    this.#attempt += 1;
    this.#isWaiting = false;
    clearTimeout(this.#timer);
    this.#connection = undefined;
    this.#letInAt = undefined;
    this.#user.lost();
  }
}
