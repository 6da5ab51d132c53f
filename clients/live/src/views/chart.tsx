// How prices came to be what they are: steps, since a price holds until the next one.

import type { Schemas } from "kmarket-client";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { chanceNumber, shownChance, shownOdds } from "../amounts";
import { useLoaded } from "../hooks";
import { pricesOf } from "../house";
import { choicesOf, type Group, type Market, type Prices } from "../markets";
import { api } from "../session";
import { painted } from "../theme";
import { language, locale, t, type Word } from "../words";
import { CannotLoad, Segments } from "./parts";

const HISTORY = 500;
const HEIGHT = 220;
const COLORS = ["--line-1", "--line-2", "--line-3", "--line-4", "--line-5"];
const NAMES: Record<Group, Word> = { moneyline: "moneyline", spread: "spread", total: "total" };

/** Prices at a moment, in the order of the lines; null: not offered then. */
interface Point {
  ts: number;
  seq: number;
  prices: Prices;
}

async function history(market: Market): Promise<Point[]> {
  const path = { market_id: market.id };
  const { seq } = await api.get("/api/v1/markets/{market_id}/odds/snapshot", { path });
  const query = { since_seq: Math.max(0, seq - HISTORY), limit: HISTORY };
  const { updates } = await api.get("/api/v1/markets/{market_id}/odds/updates", { path, query });
  const points = updates.map(({ ts, seq, payload }) => ({ ts, seq, prices: payload as Prices }));
  return market.kind === "pool" ? [...(await candles(market, points[0]?.ts)), ...points] : points;
}

/** What trades left behind before the updates that are known begin. */
async function candles(market: Market, until: number | undefined): Promise<Point[]> {
  const path = { market_id: market.id };
  const query = { interval: "5m" as const, limit: 300, ...(until !== undefined && { until }) };
  const found = await api.get("/api/v1/markets/{market_id}/prices", { path, query });
  return found.candles.map(({ ts, outcomes }) => ({
    ts,
    seq: 0,
    prices: {
      moneyline: null,
      spread: null,
      total: null,
      outcomes: outcomes.map(({ outcome, close }) => ({ option: outcome, label: "", price: close, odds: null })),
    },
  }));
}

export default function Chart({ market }: { market: Market }) {
  const [group, setGroup] = useState<Group>("moneyline");
  const loaded = useLoaded(String(market.id), () => history(market));
  const told = pricesOf(market.id).value;
  // What has come since stays, as long as the market is looked at.
  const since = useRef<Point[]>([]);
  if (told && told.seq > (since.current.at(-1)?.seq ?? 0)) {
    since.current = [...since.current, { ts: told.ts, seq: told.seq, prices: told.payload }];
  }
  const points = useMemo(() => joined(loaded.value ?? [], since.current), [loaded.value, told?.seq]);
  const lines = linesOf(market, group, points);
  const summary = lines.names.map((name, at) => `${name} ${lines.text(lines.columns[at]?.findLast((one) => one != null))}`).join(", ");
  const groups = (Object.keys(NAMES) as Group[]).filter((name) => points.some((point) => point.prices[name]));
  return (
    <section class="card chart-card">
      <header class="chart-head">
        <h2>{t("chart")}</h2>
        {market.kind === "book" && groups.length > 1 && (
          <Segments<Group>
            label={t("chart")}
            value={group}
            choices={groups.map((name) => [name, t(NAMES[name])] as const)}
            onChoose={setGroup}
          />
        )}
      </header>
      {loaded.problem ? (
        <CannotLoad problem={loaded.problem} again={loaded.again} />
      ) : (
        <>
          <ul class="legend">
            {lines.names.map((name, at) => (
              <li key={name} style={{ "--color": `var(${COLORS[at % COLORS.length]})` }}>
                {name}
                <b class="num">{lines.text(lines.columns[at]?.findLast((one) => one != null))}</b>
              </li>
            ))}
          </ul>
          <Plot
            key={`${group} ${lines.names.length} ${language.value}`}
            lines={lines}
            label={t("chartOf", { what: market.title, summary })}
          />
          {loaded.value && points.length < 2 && <p class="quiet">{t("noHistory")}</p>}
        </>
      )}
    </section>
  );
}

function joined(before: Point[], since: Point[]): Point[] {
  const last = before.at(-1)?.seq ?? 0;
  return [...before, ...since.filter((point) => point.seq > last)];
}

interface Lines {
  names: string[];
  times: number[];
  columns: (number | null)[][];
  text: (value: number | null | undefined) => string;
}

function linesOf(market: Market, group: Group, points: Point[]): Lines {
  const times = points.map((point) => point.ts / 1000);
  if (market.kind === "pool") {
    const newest: Schemas["Outcome"][] = points.at(-1)?.prices.outcomes ?? [];
    return {
      names: newest.map((one) => one.label),
      times,
      columns: newest.map(({ option }) => points.map(({ prices }) => chance(prices, option))),
      text: (value) => (value == null ? "–" : shownChance(String(BigInt(Math.round(value * 1000)) * 10n ** 13n))),
    };
  }
  const newest = points.findLast((point) => point.prices[group]);
  const named = newest ? (choicesOf(market, newest.prices)[group] ?? []) : [];
  return {
    names: named.map((choice) => choice.label),
    times,
    columns: named.map(({ option }) =>
      points.map(({ prices }) => choicesOf(market, prices)[group]?.find((one) => one.option === option)?.odds ?? null),
    ),
    text: (value) => (value == null ? "–" : shownOdds(value)),
  };
}

function chance(prices: Prices, option: number): number | null {
  const price = prices.outcomes?.find((one) => one.option === option)?.price;
  return price == null ? null : chanceNumber(price);
}

function Plot({ lines, label }: { lines: Lines; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data = [[...lines.times, Date.now() / 1000], ...lines.columns.map((column) => [...column, column.at(-1) ?? null])];
  useEffect(() => {
    const parent = box.current;
    if (!parent) return undefined;
    const made = new uPlot(options(lines, parent), data as uPlot.AlignedData, parent);
    plot.current = made;
    const sized = new ResizeObserver(() => made.setSize({ width: parent.clientWidth, height: HEIGHT }));
    sized.observe(parent);
    return () => {
      sized.disconnect();
      made.destroy();
    };
  }, [painted.value, lines.names.join()]);
  useEffect(() => plot.current?.setData(data as uPlot.AlignedData));
  return <div ref={box} class="plot" role="img" aria-label={label} />;
}

function options(lines: Lines, parent: HTMLElement): uPlot.Options {
  const style = getComputedStyle(parent);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: color("--quiet"),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: color("--rule"), width: 1 },
    ticks: { show: false },
  };
  const span = (lines.times.at(-1) ?? 0) - (lines.times[0] ?? 0);
  const seconds = span < 600 ? { second: "2-digit" as const } : {};
  const time = new Intl.DateTimeFormat(locale.value, { hour: "2-digit", minute: "2-digit", ...seconds });
  const day = new Intl.DateTimeFormat(locale.value, { day: "numeric", month: "short" });
  return {
    width: parent.clientWidth,
    height: HEIGHT,
    padding: [10, 6, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { y: { range: (_, low, high) => around(low, high) } },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 4,
        grid: { show: false },
        space: 90,
        values: (_, ticks) => ticks.map((at, n) => (sameDay(at, ticks[n - 1]) ? time : at % 86_400 ? time : day).format(at * 1000)),
      },
      { ...axis, size: 52, values: (_, ticks) => ticks.map((tick) => lines.text(tick)) },
    ],
    series: [
      {},
      ...lines.names.map((name, at) => ({
        label: name,
        stroke: color(COLORS[at % COLORS.length] as string),
        width: 1.75,
        points: { show: false },
        paths: uPlot.paths.stepped?.({ align: 1 }),
      })),
    ],
  };
}

function sameDay(at: number, before: number | undefined): boolean {
  return before !== undefined && Math.floor(at / 86_400) === Math.floor(before / 86_400);
}

/** A little room above and below, and never a range of nothing. */
function around(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 100];
  const room = Math.max((high - low) * 0.12, 2);
  return [low - room, high + room];
}
