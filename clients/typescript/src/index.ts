export { ApiError, createApi } from "./api.js";
export type {
  Answer,
  Api,
  ApiOptions,
  ErrorCode,
  PathsOf,
  RequestOf,
  Schemas,
  TokenSource,
} from "./api.js";
export type { WebSocketClass, WebSocketLike } from "./connection.js";
export { LiveError } from "./events.js";
export type { LiveDetail, LiveEvents, LiveState } from "./events.js";
export type { Odds, OddsListener } from "./followed.js";
export { LiveOdds } from "./live.js";
export type { LiveOptions } from "./live.js";
export type { Channel, EventMessage, Payload } from "./messages.js";
export { judge, replaces } from "./sequence.js";
export type { Numbered, Placed } from "./sequence.js";
export { guestSession, signIn } from "./signing.js";
export type { GuestSession, Signer, WalletSession } from "./signing.js";
