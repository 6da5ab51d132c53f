// One WebSocket, from its opening to its end, which is told once.

import { readFrame, type ClientMessage, type ServerMessage } from "./messages.js";

/** What we need of a WebSocket: the browsers', Node.js 22's and the package `ws`'s have it. */
export interface WebSocketLike {
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(): void;
}

export type WebSocketClass = new (url: string, protocols?: string[]) => WebSocketLike;

/** How a connection ended. */
export interface End {
  /** The close's; 0 where we gave it up. */
  code: number;
  reason: string;
  /** When to come back in ms, as a `bye` said; null: not before something is mended. */
  retryIn: number | null | undefined;
}

/** Who listens to a connection. */
export interface Hears {
  opened(): void;
  heard(message: ServerMessage): void;
  /** All messages of a frame have been told. */
  rested(): void;
  ended(end: End): void;
}

const SUBPROTOCOL = "kmarket.v1";

export class Connection {
  readonly #socket: WebSocketLike;
  readonly #hears: Hears;
  readonly #silenceMs: number;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #retryIn: number | null | undefined;

  /** Begin to connect; silence of `silenceMs`, from now on, is an end. */
  constructor(socket: WebSocketLike, silenceMs: number, hears: Hears) {
    this.#socket = socket;
    this.#hears = hears;
    this.#silenceMs = silenceMs;
    this.#listen();
    socket.onopen = () => {
      this.#listen();
      hears.opened();
    };
    socket.onmessage = ({ data }: { data: unknown }) => {
      this.#listen();
      this.#read(data);
    };
    // A close follows each error, and says more.
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }: { code: number; reason: string }) =>
      this.#end(code, reason);
  }

  say(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Give it up. Its end is told at once: a connection that is cut can take minutes to close. */
  drop(reason: string): void {
    this.#end(0, reason);
  }

  /** Leave without a word. */
  leave(): void {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #read(data: unknown): void {
    let messages: ServerMessage[];
    try {
      messages = readFrame(String(data));
    } catch {
      this.drop("what came is not JSON");
      return;
    }
    for (const message of messages) {
      if (message.type === "bye") this.#retryIn = message.retryIn;
      this.#hears.heard(message);
    }
    this.#hears.rested();
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.drop("nothing was heard"), this.#silenceMs);
  }

  #end(code: number, reason: string): void {
    this.leave();
    this.#hears.ended({ code, reason, retryIn: this.#retryIn });
  }
}

/** Open a socket of a house, with the token where `tokenIn` says. */
export function openSocket(
  WebSocket: WebSocketClass,
  baseUrl: string,
  token: string,
  tokenIn: "protocol" | "query",
): WebSocketLike {
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const url = new URL(`${baseUrl.replace(/\/+$/, "")}/ws/odds`, page);
  url.protocol = url.protocol.replace("http", "ws");
  // As a subprotocol the token stays out of addresses, and so out of logs.
  if (tokenIn === "protocol") return new WebSocket(url.href, [SUBPROTOCOL, `bearer.${token}`]);
  url.searchParams.set("token", token);
  return new WebSocket(url.href);
}
