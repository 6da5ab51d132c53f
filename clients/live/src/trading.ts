// Trades that a browser wallet signs and sends: approval first where one is needed, then the trade.

import { signal } from "@preact/signals";
import type { Schemas } from "kmarket-client";
import { config, hear, named } from "./house";
import { api, asUser, session } from "./session";
import { byRdns, isRefusal, send, type Wallet, WrongChain } from "./wallet";
import { t, whyNot, type Word } from "./words";

export type Step = { word: Word; amount?: string; hash?: string; busy: boolean } | { problem: unknown } | null;
type Call = Schemas["TradeCall"] | Schemas["ClaimCall"];

/** How far the present one has come. */
export const step = signal<Step>(null);

const BETWEEN_LOOKS_MS = 1500;
const LOOKS_MAX = 80;

/** The wallet that signed in, where it is one that sends. */
export function wallet(): Wallet | undefined {
  return session.value ? byRdns(session.value.wallet) : undefined;
}

export function isBusy(): boolean {
  const now = step.value;
  return now !== null && "word" in now && now.busy;
}

/** Trade by a quote: its bound is what the contract holds the trade to. */
export async function trade(quote: Schemas["TradeQuote"]): Promise<void> {
  const { marketId, outcome, amount, shares, minShares, maxShares } = quote;
  await done(() =>
    quote.side === "buy"
      ? api.post("/api/v1/trades/buy", { body: { marketId, outcome, amount, minShares: minShares ?? undefined } as never })
      : api.post("/api/v1/trades/sell", { body: { marketId, outcome, shares, maxShares: maxShares ?? undefined } as never }),
  );
}

/** Turn what shares pay into tokens. */
export async function claim(marketId: number): Promise<void> {
  await done(() => api.post("/api/v1/trades/claim", { body: { marketId } }));
}

async function done(prepare: () => Promise<Call>): Promise<void> {
  const from = session.peek()?.address;
  const by = wallet();
  if (!from || !by || isBusy()) return;
  try {
    const call = await approved(by, from, prepare);
    step.value = { word: "confirmInWallet", busy: true };
    const hash = await send(by, from, call);
    await asUser(() => api.post("/api/v1/trades/submit", { body: { txHash: hash } as never }));
    step.value = { word: "txSent", hash, busy: false };
  } catch (problem) {
    step.value = { problem };
  }
}

/** Have the contract allowed what it takes, and return the call that can be made then. */
async function approved(by: Wallet, from: string, prepare: () => Promise<Call>): Promise<Call> {
  let call = await asUser(prepare);
  const { approval } = call;
  if (!approval) return call;
  step.value = { word: "approving", amount: approval.required, busy: true };
  for (const transaction of approval.transactions) await send(by, from, transaction);
  step.value = { word: "waitingForBlock", busy: true };
  for (let looks = 0; call.approval && looks < LOOKS_MAX; looks++) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
    call = await asUser(prepare);
  }
  return call;
}

/** Say in words why a trade was not made. */
export function words(problem: unknown): string {
  if (isRefusal(problem)) return t("walletRefused");
  if (problem instanceof WrongChain) return t("walletWrongChain", { chain: config.value?.chainId ?? "" });
  return whyNot(problem, named);
}

hear((event) => {
  const now = step.peek();
  if (event.type !== "user:transaction_update" || !now || !("hash" in now)) return;
  if (String(event.txHash).toLowerCase() !== now.hash?.toLowerCase()) return;
  if (event.state === "confirmed") step.value = { ...now, word: "txConfirmed" };
  if (event.state === "failed" || event.state === "dropped") step.value = { ...now, word: "txFailed" };
});
