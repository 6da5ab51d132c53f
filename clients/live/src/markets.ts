// What is known of markets besides their prices: teams, starts, results, options.

import { type Signal, signal } from "@preact/signals";
import type { Schemas } from "kmarket-client";
import { hundredths, shownLine, shownOdds } from "./amounts";
import { hear, type Payload, pricesOf } from "./house";
import { api } from "./session";
import { t } from "./words";

export type Market = Omit<Schemas["MarketRow"], "odds"> & Partial<Schemas["Market"]>;
export type Prices = Pick<Payload, "moneyline" | "spread" | "total" | "outcomes">;
export type Group = "moneyline" | "spread" | "total";

const known = new Map<number, Signal<Market | undefined>>();
const asked = new Map<number, Promise<void>>();

export function marketOf(id: number): Signal<Market | undefined> {
  let market = known.get(id);
  if (!market) known.set(id, (market = signal(undefined)));
  return market;
}

/** Keep what somebody told of a market; what is known beside it stays. */
export function keep(market: Market): void {
  const now = marketOf(market.id);
  now.value = { ...now.peek(), ...market };
}

/** Ask for all of a market, once unless `anew`. */
export function read(id: number, anew = false): Promise<void> {
  const earlier = asked.get(id);
  if (earlier && !anew) return earlier;
  const asking = api.get("/api/v1/markets/{market_id}", { path: { market_id: id } }).then(({ market }) => keep(market));
  asked.set(id, asking);
  asking.catch(() => asked.delete(id));
  return asking;
}

/** Where betting stands, by the newest that is known. */
export function statusOf(market: Market): Market["status"] {
  const told = pricesOf(market.id).value;
  return (told?.payload.status as Market["status"] | undefined) ?? market.status;
}

export function isInPlay(market: Market, now = Date.now()): boolean {
  return market.live && market.start_time <= now && ["active", "suspended"].includes(statusOf(market));
}

hear((event) => {
  if (!event.type.startsWith("market:") || !event.market) return;
  const market = event.market as Market;
  // The options are not among what is told: some may be suspended by now.
  if (marketOf(market.id).peek()?.options) void read(market.id, true).catch(() => undefined);
  keep(market);
});

/** One thing to bet on. */
export interface Choice {
  option: number;
  side: string;
  /** As a button of its group shows it: "−3", "O 219.5"; empty for a moneyline. */
  line: string;
  /** As it is called where nothing stands around it: "Lakers −3". */
  label: string;
  odds: number;
}

/** What a book offers, group by group; a group that is not offered is null. */
export function choicesOf(market: Market, prices: Prices): Record<Group, Choice[] | null> {
  const { home_team: home, away_team: away } = market;
  const of = (option: number, side: string, line: string, label: string, odds: number): Choice => {
    return { option, side, line, label, odds: hundredths(odds) };
  };
  const { moneyline, spread, total } = prices;
  return {
    moneyline: moneyline && [
      of(1, "home", "", home, moneyline.home),
      of(2, "away", "", away, moneyline.away),
      // Last, so that the rows of the two sides line up with those of their spreads.
      ...(moneyline.draw === undefined ? [] : [of(3, "draw", "", t("draw"), moneyline.draw)]),
    ],
    spread: spread && [
      of(4, "home", shownLine(spread.line), `${home} ${shownLine(spread.line)}`, spread.home),
      of(5, "away", shownLine(-spread.line), `${away} ${shownLine(-spread.line)}`, spread.away),
    ],
    total: total && [
      of(6, "over", `${t("over").charAt(0)} ${total.line}`, t("overLine", { line: total.line }), total.over),
      of(7, "under", `${t("under").charAt(0)} ${total.line}`, t("underLine", { line: total.line }), total.under),
    ],
  };
}

export function choiceOf(market: Market, prices: Prices | undefined, option: number): Choice | undefined {
  if (!prices) return undefined;
  return Object.values(choicesOf(market, prices)).flatMap((group) => group ?? []).find((one) => one.option === option);
}

/** What somebody has bet on, by the line at that time. */
export function optionName(market: Market | undefined, option: number, line: number | null): string {
  const given = market?.options?.find((one) => one.option === option);
  const home = market?.home_team || t("outcome");
  const away = market?.away_team || t("outcome");
  if (market?.kind === "pool") return given?.label ?? `${t("outcome")} ${option}`;
  switch (option) {
    case 1: return home;
    case 2: return away;
    case 3: return t("draw");
    case 4: return `${home} ${shownLine(line ?? 0)}`;
    case 5: return `${away} ${shownLine(-(line ?? 0))}`;
    case 6: return t("overLine", { line: line ?? "" });
    default: return t("underLine", { line: line ?? "" });
  }
}

/** Prices in a sentence, for who doesn't see them: "Lakers 1.85, Warriors 2.10". */
export function spoken(market: Market, prices: Prices): string {
  const moneyline = choicesOf(market, prices).moneyline ?? [];
  return moneyline.map((one) => t("nowAt", { option: one.label, odds: shownOdds(one.odds) })).join(", ");
}
