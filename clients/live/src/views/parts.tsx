// Small things that every view has.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { exactAmount, shownOdds } from "../amounts";
import type { Loaded } from "../hooks";
import { config, isFresh, shown, symbol } from "../house";
import { type Choice, isInPlay, type Market, statusOf } from "../markets";
import { pick, picked } from "../slip";
import { t, whyNot, type Word } from "../words";

const MOVED_MS = 2400;

/** Which way a number went, for a moment after it did. */
export function useMove(now: number | null): "up" | "down" | undefined {
  const before = useRef(now);
  const [move, setMove] = useState<"up" | "down">();
  useEffect(() => {
    const earlier = before.current;
    before.current = now;
    if (earlier === null || now === null || earlier === now) return undefined;
    setMove(now > earlier ? "up" : "down");
    const timer = setTimeout(() => setMove(undefined), MOVED_MS);
    return () => clearTimeout(timer);
  }, [now]);
  return move;
}

/** A price: pressed, it is on the slip. */
export function Price({ market, choice }: { market: Market; choice: Choice }) {
  const move = useMove(choice.odds);
  const isOpen = statusOf(market) === "active";
  const isPicked = picked.value?.marketId === market.id && picked.value.option === choice.option;
  return (
    <button
      type="button"
      class="price"
      data-option={choice.option}
      data-move={move}
      data-fresh={isFresh(market.id)}
      aria-pressed={isPicked}
      disabled={!isOpen}
      onClick={() => pick(market.id, choice.option, choice.odds)}
    >
      <span class="unseen">{t("priceOf", { option: choice.label, market: market.title })} </span>
      {choice.line && <span class="price-line">{choice.line} </span>}
      <span class="price-odds num">{shownOdds(choice.odds)}</span>
    </button>
  );
}

const STATUS: Record<Market["status"], Word> = {
  draft: "statusDraft",
  active: "statusActive",
  suspended: "statusSuspended",
  closed: "statusClosed",
  settled: "statusSettled",
  cancelled: "statusCancelled",
};

/** Where a market stands, where that is more than "open". */
export function Badge({ market }: { market: Market }) {
  const status = statusOf(market);
  return (
    <>
      {isInPlay(market) && <span class="badge in-play">{t("inPlay")}</span>}
      {status !== "active" && <span class={`badge ${status}`}>{t(STATUS[status])}</span>}
    </>
  );
}

/** An amount of the house's token, cut off for reading; the whole of it in its title. */
export function Amount({ of, plain }: { of: bigint | string; plain?: boolean }) {
  const exact = exactAmount(BigInt(of), config.value?.token.decimals ?? 0);
  return (
    <span class="num" title={`${exact} ${symbol()}`}>
      {shown(of)}
      {!plain && <span class="unit"> {symbol()}</span>}
    </span>
  );
}

/** What is shown while something loads, where it could not be loaded, or in place of nothing. */
export function Waiting({ of, empty }: { of: Loaded<{ items: unknown[] }>; empty: ComponentChildren }) {
  if (of.value?.items.length) return null;
  if (of.problem) return <CannotLoad problem={of.problem} again={of.again} />;
  if (of.value) return <div class="empty">{empty}</div>;
  return <Skeleton />;
}

export function CannotLoad({ problem, again }: { problem: unknown; again: () => void }) {
  return (
    <div class="empty" role="alert">
      <p>{t("cannotLoad", { why: whyNot(problem) })}</p>
      <button type="button" class="button" onClick={again}>
        {t("tryAgain")}
      </button>
    </div>
  );
}

export function Skeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="unseen">{t("loading")}</span>
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} aria-hidden="true" />
      ))}
    </div>
  );
}

/** A few choices of which one holds. */
export function Segments<T extends string>(given: {
  label: string;
  value: T;
  choices: readonly (readonly [T, string])[];
  onChoose: (value: T) => void;
}) {
  return (
    <div class="segments" role="group" aria-label={given.label}>
      {given.choices.map(([value, name]) => (
        <button key={value} type="button" aria-pressed={value === given.value} onClick={() => given.onChoose(value)}>
          {name}
        </button>
      ))}
    </div>
  );
}

/** The heading of a view. It gets the focus when somebody comes to it. */
export function Heading({ children }: { children: ComponentChildren }) {
  return (
    <h1 tabIndex={-1} id="heading">
      {children}
    </h1>
  );
}

const PATHS = {
  search: "M10.5 10.5 14 14M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0Z",
  close: "M4 4l8 8M12 4l-8 8",
  back: "M9.5 3.5 5 8l4.5 4.5",
  markets: "M2.5 4h11M2.5 8h11M2.5 12h7",
  bets: "M4 2.5h8v11l-2-1.3-2 1.3-2-1.3-2 1.3zM6.5 6h3M6.5 9h3",
  shares: "M8 2.5v5.500L12.500 11M8 2.500a5.500 5.500 0 1 0 5.500 5.500",
  auto: "M8 2.500a5.500 5.500 0 1 0 0 11zM8 2.500a5.500 5.500 0 1 1 0 11",
  light: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  dark: "M13 9.500A5.500 5.500 0 0 1 6.500 3 5.500 5.500 0 1 0 13 9.500Z",
};

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
