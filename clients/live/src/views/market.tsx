// One market: its prices, how they came to be, and what somebody has on it.

import { signal } from "@preact/signals";
import type { Schemas } from "kmarket-client";
import { useEffect } from "preact/hooks";
import { shownChance } from "../amounts";
import { minute, useFollow, useHear, useLoaded, useSoon } from "../hooks";
import { pricesOf } from "../house";
import { choicesOf, type Group, type Market as OneMarket, marketOf, optionName, type Prices, read, statusOf } from "../markets";
import { api, session } from "../session";
import { t, when, type Word } from "../words";
import { OrderList } from "./bets";
import { Amount, Badge, CannotLoad, Heading, Icon, Price, Skeleton } from "./parts";
import { Outcome } from "./markets";

// As large as the rest of the page: it comes when somebody looks at a market.
const chart = signal<typeof import("./chart").default | null>(null);

const GROUPS: Record<Group, Word> = { moneyline: "moneyline", spread: "spread", total: "total" };

export function Market({ id }: { id: number }) {
  const loaded = useLoaded(String(id), () => read(id, true));
  useFollow([id]);
  const market = marketOf(id).value;
  const Chart = chart.value;
  useEffect(() => void import("./chart").then((module) => (chart.value = module.default)), []);
  useEffect(() => {
    if (market) document.title = `${market.title} · ${t("title")}`;
  }, [market?.title]);
  if (!market?.options) {
    return loaded.problem ? <CannotLoad problem={loaded.problem} again={loaded.again} /> : <Skeleton />;
  }
  const prices: Prices | undefined = pricesOf(id).value?.payload;
  return (
    <article class="market" data-market={id} data-status={statusOf(market)} data-seq={pricesOf(id).value?.seq}>
      <a class="back" href="/">
        <Icon name="back" />
        {t("backToMarkets")}
      </a>
      <Head market={market} />
      {market.kind === "pool" ? <PoolPrices market={market} prices={prices} /> : <BookPrices market={market} prices={prices} />}
      {Chart ? <Chart key={id} market={market} /> : <div class="card chart-card" aria-hidden="true" />}
      {market.kind === "pool" && <Pool id={id} />}
      {session.value && market.kind === "book" && <BetsHere id={id} />}
      {market.description && (
        <section class="card">
          <h2>{t("about")}</h2>
          <p class="prose">{market.description}</p>
        </section>
      )}
    </article>
  );
}

function Head({ market }: { market: OneMarket }) {
  const soon = when.until(market.start_time, minute.value);
  return (
    <header class="market-head">
      <p class="row-meta">
        <span class="league">{market.league || t("kindPool")}</span>
        <time class="num" dateTime={new Date(market.start_time).toISOString()}>
          {when.both(market.start_time)}
        </time>
        {soon && <span class="soon">{soon}</span>}
        <Badge market={market} />
      </p>
      <Heading>
        {market.kind === "pool" || !market.home_team ? (
          market.title
        ) : (
          <span class="versus">
            <span>{market.home_team}</span>
            <Score market={market} />
            <span>{market.away_team}</span>
          </span>
        )}
      </Heading>
      {market.winning_option != null && (
        <p class="result" role="status">
          {t("won", { option: optionName(market, market.winning_option, null) })}
        </p>
      )}
      {statusOf(market) === "cancelled" && (
        <p class="result" role="status">
          {t("push")}
        </p>
      )}
    </header>
  );
}

function Score({ market }: { market: OneMarket }) {
  if (market.home_score == null || market.away_score == null) return <small>vs</small>;
  return (
    <strong class="num">
      {market.home_score}–{market.away_score}
    </strong>
  );
}

function BookPrices({ market, prices }: { market: OneMarket; prices: Prices | undefined }) {
  if (!prices) return <Skeleton />;
  const choices = choicesOf(market, prices);
  return (
    <div class="cards">
      {(Object.keys(GROUPS) as Group[]).map((group) => (
        <section key={group} class="card group-card">
          <h2>{t(GROUPS[group])}</h2>
          {choices[group] ? (
            <ul>
              {choices[group].map((choice) => (
                <li key={choice.option}>
                  <span>{choice.label}</span>
                  <Price market={market} choice={{ ...choice, line: "" }} />
                </li>
              ))}
            </ul>
          ) : (
            <p class="quiet">{t("notOffered")}</p>
          )}
        </section>
      ))}
    </div>
  );
}

function PoolPrices({ market, prices }: { market: OneMarket; prices: Prices | undefined }) {
  if (!prices) return <Skeleton />;
  return (
    <section class="card">
      <h2>{t("outcomes")}</h2>
      <div class="outcomes">
        {(prices.outcomes ?? []).map((one) => (
          <Outcome key={one.option} market={market} outcome={one} />
        ))}
      </div>
      <p class="quiet">{t("poolRule")}</p>
    </section>
  );
}

function Pool({ id }: { id: number }) {
  const path = { market_id: id };
  const loaded = useLoaded(String(id), async () => {
    const [pool, trades] = await Promise.all([
      api.get("/api/v1/markets/{market_id}/pool", { path }),
      api.get("/api/v1/markets/{market_id}/trades", { path, query: { pageSize: 10 } }),
    ]);
    return { pool, trades: trades.items };
  });
  const soon = useSoon(loaded.again);
  useHear((event) => {
    if (event.marketId === id && /^(trade|liquidity):/.test(event.type)) soon();
  });
  if (!loaded.value) return loaded.problem ? <CannotLoad problem={loaded.problem} again={loaded.again} /> : null;
  const { pool, trades } = loaded.value;
  return (
    <section class="card">
      <h2>{t("recentTrades")}</h2>
      <dl class="facts">
        <div>
          <dt>{t("volume")}</dt>
          <dd>
            <Amount of={pool.volume} plain />
          </dd>
        </div>
        <div>
          <dt>{t("liquidity")}</dt>
          <dd>
            <Amount of={pool.backing} plain />
          </dd>
        </div>
        <div>
          <dt>{t("fee")}</dt>
          <dd class="num">{shownChance(pool.fee)}</dd>
        </div>
      </dl>
      <Trades trades={trades} />
    </section>
  );
}

/** Trades, the newest first. */
export function Trades({ trades }: { trades: Schemas["PublicTrade"][] }) {
  if (!trades.length) return <p class="quiet">{t("noTrades")}</p>;
  return (
    <ul class="lines">
      {trades.map((trade) => (
        <li key={trade.id}>
          <time class="num quiet" dateTime={new Date(trade.ts).toISOString()}>
            {when.time(trade.ts)}
          </time>
          <span>
            {t(trade.side === "buy" ? "bought" : "sold")} <b>{trade.label}</b>
          </span>
          <Amount of={trade.amount} plain />
          <span class="num quiet">{trade.priceAfter && shownChance(trade.priceAfter)}</span>
        </li>
      ))}
    </ul>
  );
}

function BetsHere({ id }: { id: number }) {
  const loaded = useLoaded(`${id} ${session.value?.token}`, () => api.get("/api/v1/bets", { query: { marketId: id } }));
  const soon = useSoon(loaded.again);
  useHear((event) => {
    if (event.type === "user:balance_update" || (event.marketId === id && event.type.startsWith("market:"))) soon();
  });
  if (!loaded.value?.items.length) return null;
  return (
    <section class="card">
      <h2>{t("yourBetsHere")}</h2>
      <OrderList orders={loaded.value.items} again={loaded.again} here />
    </section>
  );
}
