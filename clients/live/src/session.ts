// Who is signed in, and what they have.

import { computed, signal } from "@preact/signals";
import { ApiError, createApi, guestSession, signIn, type Schemas, type Signer } from "kmarket-client";
import { kept } from "./kept";

/** A session, and which wallet it was signed with: its EIP-6963 `rdns`, or "key". */
export interface Session {
  token: string;
  address: string;
  expiresAt: number;
  wallet: string;
}

export const THROW_AWAY = "key";
const stored = kept<Session>("session");

export const session = signal<Session | null>(unexpired(stored.read()));
/** What it has, in the smallest unit; null while nobody knows. */
export const balance = signal<{ balance: bigint; owed: bigint } | null>(null);
/** Why somebody is asked to sign in again. */
export const ended = signal(false);
export const address = computed(() => session.value?.address ?? null);

export const api = createApi({ baseUrl: location.origin, token: () => session.peek()?.token });
const publicApi = createApi({ baseUrl: location.origin });

function unexpired(found: Session | null): Session | null {
  return found && found.expiresAt > Date.now() ? found : null;
}

/** Begin a session with a wallet. */
export async function begin(wallet: string, signer: Signer): Promise<void> {
  const begun = await signIn(publicApi, signer);
  keep({ ...begun, wallet });
  ended.value = false;
}

/** End it, here and in the house. */
export async function end(): Promise<void> {
  const done = api.post("/api/v1/auth/logout").catch(() => undefined);
  await done;
  keep(null);
}

function keep(next: Session | null): void {
  stored.write(next);
  balance.value = null;
  session.value = next;
}

/** A token for a socket: the session's, or a guest's. */
export async function socketToken(): Promise<string> {
  return session.peek()?.token ?? (await guestSession(publicApi)).token;
}

/** Do what needs a session. One that the house does not know any more is over here, too. */
export async function asUser<T>(work: () => Promise<T>): Promise<T> {
  const mine = session.peek();
  try {
    return await work();
  } catch (problem) {
    if (problem instanceof ApiError && problem.status === 401 && mine && mine === session.peek()) over();
    throw problem;
  }
}

/** The house has ended the session. */
export function over(): void {
  keep(null);
  ended.value = true;
}

export function hasBalance(now: Pick<Schemas["OwnBalance"], "balance" | "owed">): void {
  balance.value = { balance: BigInt(now.balance), owed: BigInt(now.owed) };
}

/** Ask for the balance; the socket tells of its changes. */
export async function readBalance(): Promise<void> {
  if (!session.peek()) return;
  hasBalance(await asUser(() => api.get("/api/v1/balance")));
}

// Another tab has signed in or out.
addEventListener("storage", (event) => {
  if (event.key !== "kmarket.session") return;
  const theirs = unexpired(stored.read());
  if (theirs?.token === session.peek()?.token) return;
  balance.value = null;
  session.value = theirs;
});
