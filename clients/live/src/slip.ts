// The bet slip: what is chosen, at which odds somebody agreed to it, and what became of it.

import { batch, signal } from "@preact/signals";
import { ApiError, type Schemas } from "kmarket-client";
import { kept } from "./kept";
import { api, asUser, readBalance } from "./session";

export type Accept = "none" | "better" | "any";
export interface Picked {
  marketId: number;
  option: number;
}
export type Outcome =
  | { state: "idle" }
  | { state: "placing" }
  | { state: "placed"; order: Schemas["Order"]; agreed: number }
  | { state: "refused"; problem: unknown };

const keptAccept = kept<Accept>("accept");

export const picked = signal<Picked | null>(null);
/** As it is typed. */
export const stake = signal("");
export const accept = signal<Accept>(keptAccept.read() ?? "none");
/** The odds, in hundredths, that were on the slip when somebody last said yes to them. */
export const agreed = signal<number | null>(null);
/** Of a refusal: what the house has now, which the socket may tell a moment later. */
export const offered = signal<{ odds: number; seq: number } | null>(null);
export const outcome = signal<Outcome>({ state: "idle" });
/** Shares: to buy or to sell. */
export const side = signal<"buy" | "sell">("buy");

// A bet of which nobody knows whether it arrived: sent again, it is the same one.
let unanswered: { body: string; key: string } | null = null;

/** Put something on the slip, at the odds that are shown. */
export function pick(marketId: number, option: number, odds: number | null): void {
  batch(() => {
    picked.value = { marketId, option };
    agreed.value = odds;
    offered.value = null;
    outcome.value = { state: "idle" };
  });
}

export function unpick(): void {
  picked.value = null;
}

export function chooseAccept(to: Accept): void {
  accept.value = to;
  keptAccept.write(to);
}

export function agree(odds: number): void {
  batch(() => {
    agreed.value = odds;
    outcome.value = { state: "idle" };
  });
}

/** Whether somebody who saw `from` takes `to` without being asked. */
export function takes(from: number, to: number): boolean {
  return accept.value === "any" || (accept.value === "better" && to > from) || from === to;
}

/** Place the bet at the agreed odds. */
export async function place(amount: bigint): Promise<void> {
  const choice = picked.peek();
  const odds = agreed.peek();
  if (!choice || odds === null || outcome.peek().state === "placing") return;
  const body = { ...choice, amount: amount.toString(), odds, acceptOdds: accept.peek() };
  const text = JSON.stringify(body);
  if (unanswered?.body !== text) unanswered = { body: text, key: newKey() };
  const idempotencyKey = unanswered.key;
  outcome.value = { state: "placing" };
  try {
    const order = await asUser(() => api.post("/api/v1/bets", { body, idempotencyKey }));
    unanswered = null;
    batch(() => {
      outcome.value = { state: "placed", order, agreed: odds };
      stake.value = "";
    });
    void readBalance().catch(() => undefined);
  } catch (problem) {
    refused(problem);
  }
}

function refused(problem: unknown): void {
  batch(() => {
    outcome.value = { state: "refused", problem };
    if (!(problem instanceof ApiError)) return;
    if (problem.status >= 400 && problem.status < 500) unanswered = null;
    if (problem.reason !== "ODDS_CHANGED") return;
    const { odds, oddsSeq } = problem.details as { odds: number; oddsSeq: number };
    offered.value = { odds, seq: oddsSeq };
  });
}

/** A name for one bet. Not randomUUID: a page of plain HTTP has none. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
