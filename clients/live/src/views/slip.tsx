// The bet slip: beside every view on wide screens, a sheet from below on narrow ones.

import { useEffect, useRef } from "preact/hooks";
import { exactAmount, parseAmount, payoutOf, shownOdds } from "../amounts";
import { useFollow } from "../hooks";
import { config, isFresh, named, pricesOf, shown, symbol } from "../house";
import { type Choice, choiceOf, type Market, marketOf, read, statusOf } from "../markets";
import { balance, session } from "../session";
import * as slip from "../slip";
import { t, whyNot } from "../words";
import { askToSignIn } from "./account";
import { Amount, Badge, Icon, Segments, useMove } from "./parts";
import { Trade } from "./trade";

const QUICK = ["5", "25", "100"];

export function Slip() {
  const picked = slip.picked.value;
  return (
    <aside class="slip" aria-labelledby="slip-title" data-open={picked !== null}>
      <header class="slip-head">
        <h2 id="slip-title">{t("slip")}</h2>
        {picked && (
          <button type="button" class="icon-button" aria-label={t("slipClose")} onClick={slip.unpick}>
            <Icon name="close" />
          </button>
        )}
      </header>
      {picked ? <Picked key={`${picked.marketId} ${picked.option}`} {...picked} /> : <p class="slip-empty">{t("slipEmpty")}</p>}
    </aside>
  );
}

function Picked({ marketId, option }: slip.Picked) {
  useFollow([marketId]);
  useEffect(() => void read(marketId).catch(() => undefined), [marketId]);
  const market = marketOf(marketId).value;
  if (!market) return null;
  if (market.kind === "pool") return <Trade market={market} option={option} />;
  return <Bet market={market} option={option} />;
}

function Bet({ market, option }: { market: Market; option: number }) {
  const told = pricesOf(market.id).value;
  const choice = choiceOf(market, told?.payload, option);
  // A refusal may know of newer odds than the socket has told.
  const offered = slip.offered.value;
  const odds = offered && offered.seq > (told?.seq ?? 0) ? offered.odds : (choice?.odds ?? null);
  const agreed = slip.agreed.value;
  useEffect(() => {
    if (odds === null) return;
    // Before a stake is typed there is nothing to agree to: what is shown is what holds.
    const follows = agreed === null || !slip.stake.value || slip.takes(agreed, odds);
    if (follows && agreed !== odds) slip.agreed.value = odds;
  }, [odds, agreed, slip.stake.value, slip.accept.value]);
  const outcome = slip.outcome.value;
  if (outcome.state === "placed") return <Placed market={market} outcome={outcome} />;
  return (
    <form
      class="slip-form"
      data-market={market.id}
      onSubmit={(event) => {
        event.preventDefault();
        const amount = parseAmount(slip.stake.value, decimals());
        if (!problemOf(market, option, choice, odds) && amount) void slip.place(amount);
      }}
    >
      <What market={market} name={choice?.label ?? ""} odds={odds} />
      <StakeField />
      <div class="accepts">
        <span aria-hidden="true">{t("accept")}</span>
        <Segments<slip.Accept>
          label={t("accept")}
          value={slip.accept.value}
          choices={[["none", t("acceptNone")], ["better", t("acceptBetter")], ["any", t("acceptAny")]]}
          onChoose={slip.chooseAccept}
        />
      </div>
      <Sums odds={agreed ?? odds} />
      <Said market={market} option={option} choice={choice} odds={odds} />
      <Submit market={market} option={option} choice={choice} odds={odds} />
    </form>
  );
}

export function What({ market, name, odds }: { market: Market; name: string; odds: number | null }) {
  const move = useMove(odds);
  return (
    <div class="slip-what">
      <div>
        <strong>{name}</strong>
        <a href={`/market/${market.id}`}>{market.title}</a>
        <Badge market={market} />
      </div>
      {odds !== null && (
        <output class="slip-odds num" data-move={move} data-fresh={isFresh(market.id)} aria-label={t("odds")}>
          {shownOdds(odds)}
        </output>
      )}
    </div>
  );
}

function StakeField() {
  const input = useRef<HTMLInputElement>(null);
  // On a wide screen somebody types next; on a narrow one the keyboard would hide what was pressed.
  useEffect(() => {
    if (matchMedia("(min-width: 1000px)").matches) input.current?.focus({ preventScroll: true });
  }, []);
  const problem = stakeProblem();
  const set = (text: string) => {
    slip.stake.value = text;
    if (slip.outcome.peek().state === "refused") slip.outcome.value = { state: "idle" };
  };
  const most = balance.value?.balance;
  return (
    <div class="stake">
      <label for="stake">{t("stake")}</label>
      {most !== undefined && (
        <span class="stake-balance">
          {t("balance")} <Amount of={most} />
        </span>
      )}
      <div class="stake-field">
        <input
          ref={input}
          id="stake"
          inputMode="decimal"
          autoComplete="off"
          placeholder="0.00"
          maxLength={80}
          value={slip.stake.value}
          aria-invalid={problem !== null}
          aria-describedby={problem ? "stake-problem" : undefined}
          onInput={(event) => set(event.currentTarget.value)}
        />
        <span class="unit">{symbol()}</span>
      </div>
      <div class="quick">
        {QUICK.map((text) => (
          <button key={text} type="button" onClick={() => set(text)}>
            {text}
          </button>
        ))}
        <button type="button" disabled={!most} onClick={() => set(exactAmount(greatest(most ?? 0n), decimals()))}>
          {t("max")}
        </button>
      </div>
      {problem && (
        <p id="stake-problem" class="problem">
          {problem}
        </p>
      )}
    </div>
  );
}

function greatest(most: bigint): bigint {
  const limit = config.value?.limits.stakeMax;
  return limit && BigInt(limit) < most ? BigInt(limit) : most;
}

function decimals(): number {
  return config.value?.token.decimals ?? 0;
}

/** What is wrong with the stake as it is typed. An empty one is not wrong yet. */
function stakeProblem(): string | null {
  const text = slip.stake.value;
  if (!text.trim()) return null;
  const amount = parseAmount(text, decimals());
  if (amount === null) {
    const values = { symbol: symbol(), decimals: decimals() };
    return /^\s*\d*\.\d+\s*$/.test(text) ? t("tooManyDigits", values) : t("notAnAmount");
  }
  const most = balance.value?.balance;
  if (most !== undefined && amount > most) return t("overBalance", { balance: shown(most), symbol: symbol() });
  return null;
}

function Sums({ odds }: { odds: number | null }) {
  const amount = parseAmount(slip.stake.value, decimals());
  const pays = amount && odds !== null ? payoutOf(amount, odds) : 0n;
  return (
    <dl class="sums">
      <div>
        <dt>{t("profit")}</dt>
        <dd>
          <Amount of={pays - (pays ? (amount ?? 0n) : 0n)} />
        </dd>
      </div>
      <div class="sum">
        <dt>{t("pays")}</dt>
        <dd>
          <Amount of={pays} />
        </dd>
      </div>
    </dl>
  );
}

interface Terms {
  market: Market;
  option: number;
  choice: Choice | undefined;
  odds: number | null;
}

/** Why nothing can be placed now, whatever the stake; null where something can. */
function problemOf(market: Market, option: number, choice: Choice | undefined, odds: number | null): string | null {
  if (statusOf(market) !== "active") return t("marketNotOpen");
  if (!isFresh(market.id)) return t("notLive");
  if (!choice) return t("noPrice");
  if (market.options?.find((one) => one.option === option)?.status === "suspended") return t("optionSuspended");
  const agreed = slip.agreed.value;
  if (odds !== null && agreed !== null && !slip.takes(agreed, odds)) {
    return t("moved", { from: shownOdds(agreed), to: shownOdds(odds) });
  }
  return null;
}

/** What there is to say before the button: moved odds to accept, or why a bet was refused. */
function Said({ market, option, choice, odds }: Terms) {
  const outcome = slip.outcome.value;
  const agreed = slip.agreed.value;
  const isMoved = odds !== null && agreed !== null && !slip.takes(agreed, odds);
  const problem = problemOf(market, option, choice, odds);
  return (
    <div class="said" role="status" aria-live="polite">
      {outcome.state === "refused" && <p class="problem">{whyNot(outcome.problem, named)}</p>}
      {problem && <p class={isMoved ? "moved" : "problem"}>{problem}</p>}
      {isMoved && isFresh(market.id) && (
        <button type="button" class="button accept" onClick={() => slip.agree(odds)}>
          {t("acceptMove", { odds: shownOdds(odds) })}
        </button>
      )}
    </div>
  );
}

function Submit({ market, option, choice, odds }: Terms) {
  if (!session.value) {
    return (
      <button type="button" class="button primary wide" onClick={askToSignIn}>
        {t("signInToBet")}
      </button>
    );
  }
  const isPlacing = slip.outcome.value.state === "placing";
  const amount = parseAmount(slip.stake.value, decimals());
  const isReady = amount && !stakeProblem() && !problemOf(market, option, choice, odds);
  return (
    <button type="submit" class="button primary wide" disabled={!isReady || isPlacing}>
      {isPlacing ? t("placing") : amount ? t("place", { amount: shown(amount), symbol: symbol() }) : t("placeEmpty")}
    </button>
  );
}

function Placed({ market, outcome }: { market: Market; outcome: Extract<slip.Outcome, { state: "placed" }> }) {
  const { order, agreed } = outcome;
  const close = useRef<HTMLAnchorElement>(null);
  useEffect(() => close.current?.focus(), []);
  const choice = choiceOf(market, pricesOf(market.id).value?.payload, order.option);
  const values = { amount: shown(order.amount), symbol: symbol(), option: choice?.label ?? "", odds: shownOdds(order.odds) };
  return (
    <div class="placed" role="status">
      <p>{t("placed", values)}</p>
      {order.odds !== agreed && <p>{t("placedOther", { odds: shownOdds(order.odds) })}</p>}
      <p class="sum">
        {t("pays")} <Amount of={order.maxPayout} />
      </p>
      <a ref={close} class="button wide" href="/bets" onClick={slip.unpick}>
        {t("showBet")}
      </a>
    </div>
  );
}
