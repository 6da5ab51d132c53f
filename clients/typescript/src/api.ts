// REST: every endpoint of docs/openapi.json, by its path, with the types of its document.

import type { components, paths } from "./generated/api.js";

/** The schemas of the API by name: `Schemas["Order"]`. */
export type Schemas = components["schemas"];

/** A token, or null for nobody's; a promise of one likewise. */
export type TokenSource = () => string | null | undefined | Promise<string | null | undefined>;

export interface ApiOptions {
  /** Where the house is, without `/api/v1`: "https://kmarket.example", or "" on its own pages. */
  baseUrl: string;
  /** Asked before each request; what it returns goes along as the bearer's. */
  token?: TokenSource;
  /** In place of the global one. */
  fetch?: typeof fetch;
}

type Method = "get" | "post" | "put" | "delete";

/** The paths that take a method. */
export type PathsOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];

type Operation<M extends Method, P extends PathsOf<M>> =
  paths[P] extends Record<M, infer O> ? O : never;

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : undefined;

/** What an endpoint answers with a 2xx; undefined for a 204. */
export type Answer<M extends Method, P extends PathsOf<M>> =
  Operation<M, P> extends { responses: infer R }
    ? Json<R[keyof R & (200 | 201 | 202 | 204)]>
    : never;

type PathOf<O> = O extends { parameters: { path: infer Values } }
  ? { path: Values }
  : { path?: never };
type QueryOf<O> = O extends { parameters: { query?: infer Values } }
  ? O extends { parameters: { query: object } }
    ? { query: Values }
    : { query?: Values }
  : { query?: never };
type BodyOf<O> = O extends { requestBody: { content: { "application/json": infer Body } } }
  ? { body: Body }
  : O extends { requestBody?: { content: { "application/json": infer Body } } }
    ? { body?: Body }
    : { body?: never };
type KeyOf<O> = O extends { parameters: { header?: infer Headers } }
  ? "Idempotency-Key" extends keyof NonNullable<Headers>
    ? {
        /** The same key and body sent again get the same answer, and nothing is done twice. */
        idempotencyKey?: string;
      }
    : { idempotencyKey?: never }
  : { idempotencyKey?: never };

/** What one request to an endpoint carries. */
export type RequestOf<M extends Method, P extends PathsOf<M>> = PathOf<Operation<M, P>> &
  QueryOf<Operation<M, P>> &
  BodyOf<Operation<M, P>> &
  KeyOf<Operation<M, P>> & { signal?: AbortSignal };

// Nothing has to be said where nothing is required.
type Arguments<Request> = object extends Request ? [request?: Request] : [request: Request];

type Call<M extends Method> = <P extends PathsOf<M>>(
  path: P,
  ...request: Arguments<RequestOf<M, P>>
) => Promise<Answer<M, P>>;

export interface Api {
  get: Call<"get">;
  post: Call<"post">;
  put: Call<"put">;
  delete: Call<"delete">;
}

/** The API's codes, and two of our own: nobody answered, or something that is not the API did. */
export type ErrorCode = Schemas["Error"]["code"] | "NO_ANSWER" | "BAD_ANSWER";

/** A request that was not done. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** 0 where nobody answered. */
  readonly status: number;
  readonly code: ErrorCode;
  /** For programs: `ODDS_CHANGED`; docs/errors.md lists them. */
  readonly reason: string | undefined;
  readonly details: Record<string, unknown> | undefined;
  /** Names the request in the house's logs. */
  readonly requestId: string | undefined;
  /** For how long to wait, where the answer says so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    known: {
      status: number;
      code: ErrorCode;
      reason?: string | undefined;
      details?: Record<string, unknown> | undefined;
      requestId?: string | undefined;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { cause: known.cause });
    this.status = known.status;
    this.code = known.code;
    this.reason = known.reason;
    this.details = known.details;
    this.requestId = known.requestId;
    this.retryAfterMs = known.retryAfterMs;
  }
}

interface AnyRequest {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/**
 * The API of a house. Each call throws an ApiError for whatever isn't a 2xx, and where nobody
 * answers; a request that its `signal` ends throws what fetch does.
 */
export function createApi({ baseUrl, token, fetch: fetching }: ApiOptions): Api {
  const base = baseUrl.replace(/\/+$/, "");

  async function ask(method: Method, path: string, request: AnyRequest = {}): Promise<unknown> {
    const headers = new Headers({ Accept: "application/json" });
    const bearer = await token?.();
    if (bearer) headers.set("Authorization", `Bearer ${bearer}`);
    if (request.body !== undefined) headers.set("Content-Type", "application/json");
    if (request.idempotencyKey !== undefined)
      headers.set("Idempotency-Key", request.idempotencyKey);
    const init: RequestInit = { method: method.toUpperCase(), headers };
    if (request.body !== undefined) init.body = JSON.stringify(request.body);
    if (request.signal) init.signal = request.signal;
    const url = base + filled(path, request.path) + queryString(request.query);
    try {
      // The global one is looked up each time: tests and page scripts replace it.
      const answer = await (fetching ?? globalThis.fetch)(url, init);
      return await read(answer, `${init.method} ${path}`);
    } catch (problem) {
      if (problem instanceof ApiError || request.signal?.aborted) throw problem;
      const message = `${init.method} ${url} was not answered: ${String(problem)}`;
      throw new ApiError(message, { status: 0, code: "NO_ANSWER", cause: problem });
    }
  }

  const call = <M extends Method>(method: M): Call<M> =>
    ((path: string, request?: AnyRequest) => ask(method, path, request)) as unknown as Call<M>;

  return { get: call("get"), post: call("post"), put: call("put"), delete: call("delete") };
}

async function read(answer: Response, asked: string): Promise<unknown> {
  const text = await answer.text();
  if (answer.ok && text === "") return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (answer.ok && body !== undefined) return body;
  const known = {
    status: answer.status,
    requestId: answer.headers.get("X-Request-ID") ?? undefined,
    retryAfterMs: waitOf(answer.headers.get("Retry-After")),
  };
  if (answer.ok || !isRefusal(body)) {
    const message = `${asked} was answered with ${answer.status} by something that is not the API.`;
    throw new ApiError(message, { ...known, code: "BAD_ANSWER" });
  }
  throw new ApiError(body.message, { ...known, ...body });
}

function isRefusal(body: unknown): body is Schemas["Error"] {
  return typeof body === "object" && body !== null && "code" in body && "message" in body;
}

/** Read `Retry-After`, which the API gives in seconds. */
function waitOf(header: string | null): number | undefined {
  const seconds = Number(header ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function filled(path: string, values: Record<string, unknown> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (values[name] === undefined) throw new TypeError(`${path} needs path: { ${name} }.`);
    return encodeURIComponent(String(values[name]));
  });
}

function queryString(values: Record<string, unknown> = {}): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  if (!given.length) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
