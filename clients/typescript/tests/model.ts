// A house in a few lines, as docs/odds-feed.md has it, whose frames can be lost, doubled, put in
// another order and held back.

import type { WebSocketClass, WebSocketLike } from "../src/connection.js";
import type { Payload } from "../src/messages.js";

type Message = Record<string, unknown>;

const HEARTBEAT_MS = 15_000;
const REPLAY_LIMIT = 5;

/** One connection, at the client's end. What the house sends waits in `frames`. */
class Socket implements WebSocketLike {
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: unknown) => void) | null = null;
  onclose: ((event: unknown) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  frames: string[] = [];
  /** Where the house is with this client, by market. */
  readonly sent = new Map<number, number>();
  readonly said: Message[] = [];
  readonly url: string;
  readonly protocols: string[] | undefined;
  isOpen = false;
  isCut = false;
  beats: ReturnType<typeof setInterval> | undefined;
  readonly #house: Model;

  constructor(house: Model, url: string, protocols?: string[]) {
    this.#house = house;
    this.url = url;
    this.protocols = protocols;
  }

  send(text: string): void {
    const message = JSON.parse(text) as Message;
    this.said.push(message);
    if (!this.isCut) this.#house.hear(this, message);
  }

  close(): void {
    this.isOpen = false;
    clearInterval(this.beats);
  }

  post(message: Message): void {
    if (this.isOpen) this.frames.push(JSON.stringify(message));
  }

  deliver(): void {
    const data = this.frames.shift();
    if (data !== undefined && this.isOpen && !this.isCut) this.onmessage?.({ data });
  }

  end(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.close();
    this.onclose?.({ code, reason });
  }
}

export class Model {
  epoch = 1;
  readonly heads = new Map<number, number>();
  /** In the order of opening. */
  readonly sockets: Socket[] = [];
  /** Whom the house lets in. */
  lets: (token: string) => boolean = () => true;
  /** Markets that cannot be had over the socket now. */
  readonly unavailable = new Set<number>();
  /** Whether frames go out by themselves. */
  flows = true;

  readonly WebSocket: WebSocketClass;

  constructor(marketIds: readonly number[]) {
    for (const id of marketIds) this.heads.set(id, 1);
    const made = (url: string, protocols?: string[]): Socket => this.#dialled(url, protocols);
    this.WebSocket = function (url: string, protocols?: string[]) {
      return made(url, protocols);
    } as unknown as WebSocketClass;
  }

  get socket(): Socket {
    const last = this.sockets.at(-1);
    if (!last) throw new Error("Nobody has connected.");
    return last;
  }

  payload(marketId: number, seq: number): Payload {
    return { market_id: marketId, odds_a: 100 + seq, reason: `e${this.epoch}` } as Payload;
  }

  move(marketId: number): void {
    const seq = (this.heads.get(marketId) ?? 0) + 1;
    this.heads.set(marketId, seq);
    for (const socket of this.sockets.filter((each) => each.sent.has(marketId))) {
      socket.post(this.#update(marketId, seq));
      socket.sent.set(marketId, seq);
    }
  }

  /** Begin another history. What was sent of the earlier one comes first, as over any socket. */
  renew(): void {
    this.flush();
    this.epoch += 1;
    for (const id of this.heads.keys()) this.heads.set(id, 1);
    for (const socket of this.sockets) {
      for (const id of socket.sent.keys()) this.#whole(socket, "resync", id);
    }
    this.flush();
  }

  flush(): void {
    for (const socket of this.sockets) while (socket.frames.length) socket.deliver();
  }

  hear(socket: Socket, message: Message): void {
    const { type, id, markets = [], channels = [], offsets = {}, epoch } = message;
    const asked = markets as number[];
    if ((channels as string[]).includes("user")) {
      const code = "FORBIDDEN";
      socket.post({ type: "error", id, code, message: "A guest has no user events: sign in." });
    } else if (type === "subscribe") this.#subscribe(socket, id, asked);
    if (type === "resume") this.#resume(socket, id, offsets as Record<string, number>, epoch);
    if (type === "unsubscribe") {
      for (const each of asked) socket.sent.delete(each);
      socket.post({ type: "ack", ok: true, id, subscribed: [...socket.sent.keys()] });
    }
    if (this.flows) queueMicrotask(() => this.flush());
  }

  /** What REST answers, for `createApi`. */
  readonly fetch = (url: string): Promise<Response> => {
    const { pathname, searchParams } = new URL(url);
    const id = Number(pathname.split("/")[4]);
    const head = this.heads.get(id) ?? 0;
    const since = Number(searchParams.get("since_seq"));
    const after = Array.from({ length: Math.max(0, head - since) }, (_, at) => since + 1 + at);
    const body = pathname.endsWith("snapshot")
      ? this.#state("snapshot", id)
      : {
          ...{ marketId: id, updates: after.map((seq) => this.#update(id, seq)) },
          ...{ hasMore: false, epoch: `e${this.epoch}`, headSeq: head, oldestSeq: 1 },
        };
    return Promise.resolve(new Response(JSON.stringify(body)));
  };

  #dialled(url: string, protocols?: string[]): Socket {
    const socket = new Socket(this, url, protocols);
    this.sockets.push(socket);
    const token = protocols?.[1]?.slice("bearer.".length) ?? new URL(url).searchParams.get("token");
    queueMicrotask(() => {
      socket.isOpen = true;
      socket.onopen?.({});
      if (!this.lets(token ?? "")) socket.end(4401, "token refused");
      else socket.beats = setInterval(() => this.#beat(socket), HEARTBEAT_MS);
    });
    return socket;
  }

  #beat(socket: Socket): void {
    const marks = Object.fromEntries(socket.sent);
    socket.post({ type: "heartbeat", ts: 0, status: "ok", marks });
    if (this.flows) this.flush();
  }

  #subscribe(socket: Socket, id: unknown, asked: number[]): void {
    const rejected = this.#rejected(asked);
    const away = new Set(rejected.map(({ market }) => market));
    const fresh = asked.filter((each) => !away.has(each) && !socket.sent.has(each));
    socket.post({ type: "ack", ok: true, id, subscribed: [], rejected });
    for (const each of fresh) this.#whole(socket, "snapshot", each);
  }

  #resume(socket: Socket, id: unknown, offsets: Record<string, number>, epoch: unknown): void {
    const resumed: Record<string, number> = {};
    for (const [market, seq] of Object.entries(offsets)) {
      const marketId = Number(market);
      if (this.unavailable.has(marketId)) continue;
      const head = this.heads.get(marketId) ?? 0;
      const isWhole = epoch !== `e${this.epoch}` || head - seq > REPLAY_LIMIT || seq > head;
      if (isWhole) this.#whole(socket, "resync", marketId);
      else for (let next = seq + 1; next <= head; next++) socket.post(this.#update(marketId, next));
      socket.sent.set(marketId, head);
      resumed[market] = head;
    }
    const rejected = this.#rejected(Object.keys(offsets).map(Number));
    socket.post({ type: "ack", ok: true, id, subscribed: [], rejected, resumed });
  }

  #rejected(asked: number[]): { market: number; reason: string }[] {
    return asked
      .filter((market) => !this.heads.has(market) || this.unavailable.has(market))
      .map((market) => {
        const reason = this.heads.has(market) ? "SERVICE_UNAVAILABLE" : "NOT_FOUND";
        return { market, reason };
      });
  }

  #whole(socket: Socket, type: string, marketId: number): void {
    socket.post(this.#state(type, marketId));
    socket.sent.set(marketId, this.heads.get(marketId) ?? 0);
  }

  #state(type: string, marketId: number): Message {
    const seq = this.heads.get(marketId) ?? 0;
    const payload = this.payload(marketId, seq);
    return { type, marketId, payload, seq, ts: seq, epoch: `e${this.epoch}` };
  }

  #update(marketId: number, seq: number): Message {
    return { type: "odds_update", marketId, payload: this.payload(marketId, seq), seq, ts: seq };
  }
}
