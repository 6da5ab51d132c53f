// Signing in with a wallet, or as a guest who may read and listen.

import type { Api } from "./api.js";

export interface WalletSession {
  token: string;
  /** With its EIP-55 checksum. */
  address: string;
  /** Milliseconds since 1970 by this machine's clock. */
  expiresAt: number;
}

export interface GuestSession {
  token: string;
  expiresAt: number;
}

/** Whoever can sign a text as a wallet does (`personal_sign`, EIP-191). */
export interface Signer {
  address: string;
  /** Return the signature, 0x and 130 hex digits. */
  sign: (text: string) => string | Promise<string>;
}

/** Ask for a nonce, have it signed, and begin a session. */
export async function signIn(api: Api, { address, sign }: Signer): Promise<WalletSession> {
  const { nonce } = await api.get("/api/v1/auth/nonce", { query: { address } });
  const message = `Login to KMarket: nonce=${nonce}`;
  const signature = await sign(message);
  const began = Date.now();
  const body = { address, message, signature };
  const { token, expiresIn, user } = await api.post("/api/v1/auth/verify-sig", { body });
  return { token, address: user.address ?? address, expiresAt: began + expiresIn * 1000 };
}

/** Begin a guest's session: minutes long, for what is public and for sockets. */
export async function guestSession(api: Api): Promise<GuestSession> {
  const began = Date.now();
  const { token, expiresIn } = await api.post("/api/v1/session");
  return { token, expiresAt: began + expiresIn * 1000 };
}
