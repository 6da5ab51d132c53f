// What goes over /ws/odds, by name. The shapes are those of docs/asyncapi.json.

import type { components } from "./generated/messages.js";

type Shapes = components["schemas"];

/** A market's whole price: docs/odds-feed.md tells what is in it. */
export type Payload = Shapes["Payload"];

/** What may be heard besides odds. */
export type Channel = "markets" | "user";

/** Whatever is told besides odds, as docs/sockets.md lists it. */
export type EventMessage =
  | Shapes["MarketChanged"]
  | Shapes["ResultProposed"]
  | Shapes["Traded"]
  | Shapes["LiquidityMoved"]
  | Shapes["TakenBack"]
  | Shapes["LedgerBalance"]
  | Shapes["ChainBalance"]
  | Shapes["PositionChanged"]
  | Shapes["TransactionChanged"]
  | Shapes["UserResync"];

export type Update = Shapes["OddsUpdate"];
export type Whole = Shapes["Snapshot"] | Shapes["Resync"];
export type Ack = Shapes["Ack"];
export type Refused = Shapes["Refused"];
export type Heartbeat = Shapes["Heartbeat"];

export type ServerMessage =
  Ack | Update | Whole | Refused | Heartbeat | Shapes["Pong"] | Shapes["Bye"] | EventMessage;

export type ClientMessage = Shapes["Subscribe"] | Shapes["Unsubscribe"] | Shapes["Resume"];

/** Tell what is told besides odds from all else: its type has a colon. */
export function isEvent(message: ServerMessage): message is EventMessage {
  return message.type.includes(":");
}

/** Read one frame: a message, or with the option `batch` an array of them. */
export function readFrame(text: string): ServerMessage[] {
  const read = JSON.parse(text) as ServerMessage | ServerMessage[];
  return Array.isArray(read) ? read : [read];
}
