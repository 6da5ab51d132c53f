// Wallets in the browser: found by EIP-6963, asked by EIP-1193.

import { signal } from "@preact/signals";
import type { Signer } from "kmarket-client";

export interface Provider {
  request(asked: { method: string; params?: unknown[] }): Promise<unknown>;
}

export interface Wallet {
  /** Reverse domain name, which stays the same from visit to visit. */
  rdns: string;
  name: string;
  icon: string;
  provider: Provider;
}

interface Announcement extends Event {
  detail?: { info: { rdns: string; name: string; icon: string }; provider: Provider };
}

// Of a wallet that doesn't announce itself.
const UNNAMED = "injected";
const REFUSED = 4001;
const UNKNOWN_CHAIN = 4902;

export const wallets = signal<Wallet[]>([]);

/** Ask which wallets there are. They answer at once, or when they have loaded. */
export function discover(): void {
  addEventListener("eip6963:announceProvider", (event) => {
    const { detail } = event as Announcement;
    if (!detail || wallets.peek().some((one) => one.rdns === detail.info.rdns)) return;
    const { rdns, name, icon } = detail.info;
    // An icon is a picture in itself: nobody is asked for it.
    const shown = /^data:image\//.test(icon) ? icon : "";
    wallets.value = [...wallets.peek(), { rdns, name, icon: shown, provider: detail.provider }];
  });
  dispatchEvent(new Event("eip6963:requestProvider"));
}

/** The wallets that were found; where none announces itself, the one that older ones leave behind. */
export function found(name: string): Wallet[] {
  const { ethereum } = globalThis as { ethereum?: Provider };
  if (wallets.value.length || !ethereum) return wallets.value;
  return [{ rdns: UNNAMED, name, icon: "", provider: ethereum }];
}

export function byRdns(rdns: string): Wallet | undefined {
  return found("").find((one) => one.rdns === rdns);
}

/** Somebody pressed "no" in their wallet. */
export function isRefusal(problem: unknown): boolean {
  return codeOf(problem) === REFUSED;
}

/** Ask a wallet whose it is, and return what signs texts with it. */
export async function signer({ provider }: Wallet): Promise<Signer> {
  const [address] = (await provider.request({ method: "eth_requestAccounts" })) as string[];
  if (!address) throw new Error("The wallet names no account.");
  return {
    address,
    sign: async (text) => (await provider.request({ method: "personal_sign", params: [hexOf(text), address] })) as string,
  };
}

export interface Call {
  chainId: number;
  to: string;
  data: string;
  value: string;
  gas: number;
}

/** The wallet is on another chain, and does not know this one. */
export class WrongChain extends Error {}

/** Have a wallet send a transaction, and return its hash. */
export async function send({ provider }: Wallet, from: string, call: Call): Promise<string> {
  await switchTo(provider, call.chainId);
  const { to, data } = call;
  const transaction = { from, to, data, value: hex(BigInt(call.value)), gas: hex(BigInt(call.gas)) };
  return (await provider.request({ method: "eth_sendTransaction", params: [transaction] })) as string;
}

async function switchTo(provider: Provider, chain: number): Promise<void> {
  if (BigInt((await provider.request({ method: "eth_chainId" })) as string) === BigInt(chain)) return;
  const params = [{ chainId: hex(BigInt(chain)) }];
  try {
    await provider.request({ method: "wallet_switchEthereumChain", params });
  } catch (problem) {
    if (codeOf(problem) === UNKNOWN_CHAIN) throw new WrongChain();
    throw problem;
  }
}

function codeOf(problem: unknown): unknown {
  return (problem as { code?: unknown } | null)?.code;
}

function hex(number: bigint): string {
  return `0x${number.toString(16)}`;
}

function hexOf(text: string): string {
  return `0x${Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
