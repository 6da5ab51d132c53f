// Shares of a pool: what a trade comes to, and how a wallet makes it.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Schemas } from "kmarket-client";
import { parseAmount, shownChance } from "../amounts";
import { useSoon } from "../hooks";
import { config, isFresh, named, pricesOf, shown, symbol } from "../house";
import { type Market, statusOf } from "../markets";
import { api, asUser, session } from "../session";
import * as slip from "../slip";
import * as trading from "../trading";
import { t, whyNot } from "../words";
import { askToSignIn } from "./account";
import { Amount, Segments } from "./parts";
import { What } from "./slip";

type Quote = Schemas["TradeQuote"];

const quote = signal<Quote | null>(null);
const problem = signal<unknown>(null);

function wanted(): bigint | null {
  return parseAmount(slip.stake.value, config.value?.token.decimals ?? 0) || null;
}

export function Trade({ market, option }: { market: Market; option: number }) {
  const told = pricesOf(market.id).value;
  const outcome = told?.payload.outcomes?.find((one) => one.option === option);
  const side = slip.side.value;
  const amount = wanted();
  const ask = useSoon(() => void askQuote(market.id, option));
  useEffect(() => {
    quote.value = null;
    if (!trading.isBusy()) trading.step.value = null;
  }, [amount, side, option]);
  // Whenever the pool moves, another one. What is shown stays until it is there.
  useEffect(ask, [amount, side, option, told?.seq, session.value?.token]);
  const isOpen = statusOf(market) === "active" && isFresh(market.id);
  return (
    <form
      class="slip-form"
      data-market={market.id}
      onSubmit={(event) => {
        event.preventDefault();
        const now = quote.peek();
        if (now && isOpen) void trading.trade(now);
      }}
    >
      <What market={market} name={outcome?.label ?? ""} odds={null} />
      <p class="slip-chance num" data-fresh={isFresh(market.id)}>
        {outcome?.price ? shownChance(outcome.price) : "–"}
      </p>
      <Segments<"buy" | "sell">
        label={t("side")}
        value={side}
        choices={[["buy", t("buy")], ["sell", t("sell")]]}
        onChoose={(value) => (slip.side.value = value)}
      />
      <div class="stake">
        <label for="stake">{t(side === "buy" ? "pay" : "sharesToSell")}</label>
        <div class="stake-field">
          <input
            id="stake"
            inputMode="decimal"
            autoComplete="off"
            placeholder="0.00"
            maxLength={80}
            value={slip.stake.value}
            onInput={(event) => (slip.stake.value = event.currentTarget.value)}
          />
          <span class="unit">{side === "buy" ? symbol() : t("getShares")}</span>
        </div>
      </div>
      {quote.value && <Terms of={quote.value} />}
      <Said isOpen={isOpen} />
      <Submit isOpen={isOpen} />
    </form>
  );
}

async function askQuote(marketId: number, outcome: number): Promise<void> {
  const amount = wanted();
  problem.value = null;
  if (!amount || !session.peek()) return;
  const side = slip.side.peek();
  const size = side === "buy" ? { amount: amount.toString() } : { shares: amount.toString() };
  try {
    quote.value = await asUser(() => api.post("/api/v1/trades/quote", { body: { marketId, outcome, side, ...size } }));
  } catch (refusal) {
    quote.value = null;
    problem.value = refusal;
  }
}

function Terms({ of }: { of: Quote }) {
  const isBuy = of.side === "buy";
  return (
    <dl class="sums">
      <div>
        <dt>{t("averagePrice")}</dt>
        <dd class="num">{shownChance(of.averagePrice)}</dd>
      </div>
      <div>
        <dt>{t("priceAfter")}</dt>
        <dd class="num">{shownChance(of.priceAfter)}</dd>
      </div>
      <div>
        <dt>{t("feeIncluded")}</dt>
        <dd>
          <Amount of={of.fee} />
        </dd>
      </div>
      <div class="sum">
        <dt>{t(isBuy ? "getShares" : "youGet")}</dt>
        <dd>
          <Amount of={isBuy ? of.shares : of.amount} plain={isBuy} />
        </dd>
      </div>
    </dl>
  );
}

function Said({ isOpen }: { isOpen: boolean }) {
  const step = trading.step.value;
  return (
    <div class="said" role="status" aria-live="polite">
      {problem.value !== null && <p class="problem">{whyNot(problem.value, named)}</p>}
      {!isOpen && <p class="problem">{t("notLive")}</p>}
      {step && "problem" in step && <p class="problem">{trading.words(step.problem)}</p>}
      {step && "word" in step && <p>{t(step.word, { amount: step.amount ? shown(step.amount) : "" })}</p>}
    </div>
  );
}

function Submit({ isOpen }: { isOpen: boolean }) {
  if (!session.value) {
    return (
      <button type="button" class="button primary wide" onClick={askToSignIn}>
        {t("signInToTrade")}
      </button>
    );
  }
  if (!trading.wallet()) return <p class="quiet">{t("walletOnly")}</p>;
  const isBusy = trading.isBusy();
  return (
    <button type="submit" class="button primary wide" disabled={!isOpen || !quote.value || isBusy}>
      {t(slip.side.value === "buy" ? "buyShares" : "sellShares")}
    </button>
  );
}
