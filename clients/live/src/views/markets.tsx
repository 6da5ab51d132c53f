// The list: every market with its prices, soonest first.

import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Schemas } from "kmarket-client";
import { shownChance } from "../amounts";
import { minute, useFollow, useHear, useLoaded, useSoon } from "../hooks";
import { config, isFresh, pricesOf } from "../house";
import { choicesOf, keep, type Market, marketOf, type Prices, statusOf } from "../markets";
import { api } from "../session";
import { pick, picked } from "../slip";
import { t, when } from "../words";
import { Badge, Heading, Icon, Price, Segments, useMove, Waiting } from "./parts";

type State = "open" | "closed" | "settled" | "all";
type Kind = "" | "book" | "pool";
type Row = Schemas["MarketRow"];

const ON_A_PAGE = 50;
// Those that can still be bet on are all on one page: nobody has more than a socket follows.
const OPEN_MAX = 100;

const state = signal<State>("open");
const kind = signal<Kind>("");
const league = signal("");
const search = signal("");
const page = signal(1);
const leagues = signal<string[]>([]);

interface Found {
  items: Row[];
  total: number;
}

async function load(): Promise<Found> {
  const query = {
    ...(kind.value && { kind: kind.value }),
    ...(league.value && { league: league.value }),
    ...(search.value && { q: search.value }),
  };
  const ask = (more: object) => api.get("/api/v1/markets", { query: { ...query, ...more } as never });
  const found = await (state.value === "open" ? open(ask) : ask(pageOf(state.value)));
  for (const { odds: _, ...market } of found.items) keep(market);
  if (!league.value) {
    leagues.value = [...new Set([...leagues.value, ...found.items.map((row) => row.league)])].sort();
  }
  return found;
}

/** What takes bets, and what will again. */
async function open(ask: (query: object) => Promise<Found>): Promise<Found> {
  const found = await Promise.all(
    ["active", "suspended"].map((status) => ask({ status, pageSize: OPEN_MAX })),
  );
  const items = found.flatMap((one) => one.items).sort((one, other) => one.start_time - other.start_time || one.id - other.id);
  return { items, total: items.length };
}

function pageOf(which: Exclude<State, "open">): object {
  const paged = { page: page.value, pageSize: ON_A_PAGE, ordering: "-start_time" };
  return which === "all" ? paged : { ...paged, status: which };
}

export function Markets() {
  const what = [state.value, kind.value, league.value, search.value, page.value].join("\n");
  const found = useLoaded(what, load);
  const rows = found.value?.items ?? [];
  useFollow(rows.map((row) => row.id));
  const soon = useSoon(found.again);
  useHear((event) => {
    if (event.type === "market:created" || event.type === "market:resolved" || event.type === "market:closed") soon();
  });
  const days = useMemo(() => byDay(rows), [rows, minute.value]);
  return (
    <section class="markets" aria-busy={found.isLoading}>
      <Heading>{t("markets")}</Heading>
      <Filters />
      <Waiting of={found} empty={search.value || league.value ? t("noMarkets") : t("noMarketsYet")} />
      {days.map(([day, markets]) => (
        <section key={day} class="day">
          <header class="day-head">
            <h2>{day}</h2>
            {markets.some((row) => row.kind === "book") && (
              <div class="columns" aria-hidden="true">
                <span>{t("moneyline")}</span>
                <span>{t("spread")}</span>
                <span>{t("total")}</span>
              </div>
            )}
          </header>
          <ul class="rows">
            {markets.map((row) => (
              <MarketRow key={row.id} row={row} />
            ))}
          </ul>
        </section>
      ))}
      {state.value !== "open" && found.value && <Pages total={found.value.total} />}
    </section>
  );
}

function byDay(rows: Row[]): [string, Row[]][] {
  const days = new Map<string, Row[]>();
  for (const row of rows) {
    const day = when.day(row.start_time);
    days.set(day, [...(days.get(day) ?? []), row]);
  }
  return [...days];
}

function Filters() {
  const type = useSoon(() => (page.value = 1));
  const chose = (change: () => void) => {
    change();
    page.value = 1;
  };
  return (
    <search class="filters">
      <label class="field-icon">
        <span class="unseen">{t("search")}</span>
        <Icon name="search" />
        <input
          type="search"
          placeholder={t("search")}
          maxLength={80}
          value={search.value}
          onInput={(event) => {
            search.value = event.currentTarget.value.trim();
            type();
          }}
        />
      </label>
      <label>
        <span class="unseen">{t("league")}</span>
        <select value={league.value} onChange={(event) => chose(() => (league.value = event.currentTarget.value))}>
          <option value="">{t("allLeagues")}</option>
          {leagues.value.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {config.value?.contracts.market && (
        <Segments<Kind>
          label={t("kind")}
          value={kind.value}
          choices={[["", t("allKinds")], ["book", t("kindBook")], ["pool", t("kindPool")]]}
          onChoose={(value) => chose(() => (kind.value = value))}
        />
      )}
      <Segments<State>
        label={t("state")}
        value={state.value}
        choices={[["open", t("open")], ["closed", t("closed")], ["settled", t("settled")], ["all", t("all")]]}
        onChoose={(value) => chose(() => (state.value = value))}
      />
    </search>
  );
}

function MarketRow({ row }: { row: Row }) {
  const market: Market = marketOf(row.id).value ?? row;
  const told = pricesOf(row.id).value;
  const prices: Prices | null = told?.payload ?? row.odds;
  return (
    <li class="row" data-market={row.id} data-status={statusOf(market)} data-seq={told?.seq}>
      <p class="row-meta">
        <Starts market={market} />
        <span class="league">{market.league || t("kindPool")}</span>
        <Badge market={market} />
      </p>
      <a class="row-names" href={`/market/${row.id}`}>
        <Names market={market} hasDraw={prices?.moneyline?.draw !== undefined} />
      </a>
      {market.kind === "pool" ? <Outcomes market={market} prices={prices} /> : <Groups market={market} prices={prices} />}
    </li>
  );
}

function Starts({ market }: { market: Market }) {
  const soon = when.until(market.start_time, minute.value);
  return (
    <time class="num" dateTime={new Date(market.start_time).toISOString()} title={when.both(market.start_time)}>
      {when.time(market.start_time)}
      {soon && <span class="soon">{soon}</span>}
    </time>
  );
}

function Names({ market, hasDraw }: { market: Market; hasDraw: boolean }) {
  if (market.kind === "pool" || !market.home_team) return <span class="question">{market.title}</span>;
  return (
    <>
      <Name name={market.home_team} score={market.home_score} />
      <Name name={market.away_team} score={market.away_score} />
      {hasDraw && <span class="quiet">{t("draw")}</span>}
    </>
  );
}

function Name({ name, score }: { name: string; score: number | null | undefined }) {
  return (
    <span>
      {name}
      {score != null && <b class="num">{score}</b>}
    </span>
  );
}

function Groups({ market, prices }: { market: Market; prices: Prices | null }) {
  const groups = prices && choicesOf(market, prices);
  const columns = [groups?.moneyline, groups?.spread, groups?.total];
  return (
    <div class="groups">
      {columns.map((choices, at) => (
        <div key={at} class="group">
          {choices?.map((choice) => <Price key={choice.option} market={market} choice={choice} />) ?? <Nothing />}
        </div>
      ))}
    </div>
  );
}

function Nothing() {
  return (
    <span class="nothing">
      <span aria-hidden="true">–</span>
      <span class="unseen">{t("notOffered")}</span>
    </span>
  );
}

function Outcomes({ market, prices }: { market: Market; prices: Prices | null }) {
  return (
    <div class="outcomes">
      {(prices?.outcomes ?? []).map((one) => (
        <Outcome key={one.option} market={market} outcome={one} />
      ))}
    </div>
  );
}

/** A pool's answer and what a share of it costs: pressed, it is on the slip. */
export function Outcome({ market, outcome }: { market: Market; outcome: Schemas["Outcome"] }) {
  const { option, label, price } = outcome;
  const move = useMove(price === null ? null : Number(price));
  const isPicked = picked.value?.marketId === market.id && picked.value.option === option;
  return (
    <button
      type="button"
      class="price outcome"
      data-option={option}
      data-move={move}
      data-fresh={isFresh(market.id)}
      aria-pressed={isPicked}
      disabled={statusOf(market) !== "active" || price === null}
      onClick={() => pick(market.id, option, null)}
    >
      <span class="unseen">{market.title} </span>
      <span class="price-line">{label} </span>
      <span class="price-odds num">{price === null ? "–" : shownChance(price)}</span>
    </button>
  );
}

function Pages({ total }: { total: number }) {
  const last = Math.max(1, Math.ceil(total / ON_A_PAGE));
  if (last === 1) return null;
  const from = (page.value - 1) * ON_A_PAGE + 1;
  return (
    <nav class="pages" aria-label={t("markets")}>
      <button type="button" class="button" disabled={page.value === 1} onClick={() => page.value--}>
        {t("earlier")}
      </button>
      <span class="num">{t("count", { from, to: Math.min(total, from + ON_A_PAGE - 1), total })}</span>
      <button type="button" class="button" disabled={page.value >= last} onClick={() => page.value++}>
        {t("later")}
      </button>
    </nav>
  );
}
