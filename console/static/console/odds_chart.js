// The history of a group's prices as a chart. A price holds until the next one, so lines are steps.
// Whoever points at a change reads who made it and why.

import uPlot from "./vendor/uplot/uPlot.esm.js";

const HEIGHT = 260;
// A moment to the second and a gap, in pixels.
const TICK_SPACE = 80;
const HOUR_MS = 3_600_000;
// Told apart in both themes, and by people who do not see all colors; dashes tell them apart too.
// As many as a pool may have outcomes.
const COLORS = ["#0b7fab", "#c4620e", "#7a5cc9", "#2e8b57", "#b8336a", "#8a7400", "#5f6b7a", "#a0522d"];
const DASHES = [[], [8, 4], [2, 3], [12, 3, 2, 3], [4, 4], [12, 6], [2, 6], [8, 3, 2, 3, 2, 3]];
const LINE_COLOR = "#7f8c3a";

export class Chart {
  #figure;
  #plot;
  #said;
  #chart = null;
  #data = null;
  #asking = null;

  constructor(figure) {
    this.#figure = figure;
    this.#plot = figure.querySelector(".plot");
    this.#said = figure.querySelector(".said");
    for (const button of figure.querySelectorAll("[data-hours]")) {
      button.addEventListener("click", () => this.#goBack(button));
    }
    // In the next frame: a size that is changed while sizes are told would be told again.
    new ResizeObserver(() => requestAnimationFrame(() => this.#resize())).observe(this.#plot);
    // Django's switch between light and dark.
    const themes = new MutationObserver(() => this.#chart?.redraw(false, true));
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  // Reads the history from `from` to `to` (milliseconds; neither: all of it) and draws it.
  async load(from = null, to = null) {
    this.#asking?.abort();
    this.#asking = new AbortController();
    const url = new URL(this.#figure.dataset.chart, location.href);
    if (from !== null) {
      url.searchParams.set("from", Math.floor(from));
    }
    if (to !== null) {
      url.searchParams.set("to", Math.ceil(to));
    }
    try {
      const answer = await fetch(url, { signal: this.#asking.signal, redirect: "error" });
      if (!answer.ok) {
        throw new Error(`${answer.status}`);
      }
      this.#draw(await answer.json(), from, to);
    } catch (error) {
      if (error.name !== "AbortError") {
        this.#said.textContent = this.#figure.dataset.failed;
      }
    }
  }

  // Shows which of the ranges is drawn: none, where somebody has chosen one by dragging.
  #mark(pressed) {
    for (const button of this.#figure.querySelectorAll("[data-hours]")) {
      button.setAttribute("aria-pressed", String(button === pressed));
    }
  }

  #goBack(pressed) {
    this.#mark(pressed);
    const hours = Number(pressed.dataset.hours);
    this.load(hours ? Date.now() - hours * HOUR_MS : null);
  }

  #draw(data, from, to) {
    this.#data = data;
    this.#chart?.destroy();
    this.#chart = null;
    if (!data.shown) {
      this.#said.textContent = this.#figure.dataset.nothing;
      return;
    }
    this.#said.textContent = this.#summary(data);
    const now = Date.now();
    const range = [(from ?? data.at[0]) / 1000, (to ?? Math.max(now, data.at.at(-1))) / 1000];
    this.#chart = new uPlot(this.#options(range), this.#columns(range[1]), this.#plot);
  }

  #summary({ shown, total }) {
    const words = shown < total ? this.#figure.dataset.sampled : this.#figure.dataset.all;
    return words.replace("{shown}", shown).replace("{total}", total);
  }

  // The last price holds until the end of what is shown.
  #columns(end) {
    const { at, odds, line } = this.#data;
    const hold = (column) => [...column, column.at(-1)];
    const prices = (column) => hold(column).map((price) => (price === null ? null : price / 100));
    const columns = [
      [...at.map((ms) => ms / 1000), Math.max(end, at.at(-1) / 1000)],
      ...this.#sides.map((side) => prices(odds[side.name])),
    ];
    return this.#hasLine ? [...columns, hold(line).map((q) => (q === null ? null : q / 4))] : columns;
  }

  get #sides() {
    return [...this.#figure.querySelectorAll("[data-side]")].map((element) => ({
      name: element.dataset.side,
      title: element.textContent,
    }));
  }

  get #hasLine() {
    return this.#data.line.some((quarters) => quarters !== null);
  }

  #options([from, to]) {
    const all = this.#figure.querySelector('[data-hours="0"]');
    const steps = uPlot.paths.stepped({ align: 1 });
    const text = () => color("--body-fg");
    const grid = { stroke: () => color("--hairline-color"), width: 1 };
    const axis = { stroke: text, grid, ticks: grid };
    const series = this.#sides.map((side, index) => ({
      label: side.title,
      scale: "odds",
      stroke: COLORS[index],
      dash: DASHES[index],
      width: 2,
      paths: steps,
      value: (_chart, price) => (price === null ? "-" : price.toFixed(2)),
    }));
    const line = {
      label: this.#figure.dataset.line,
      scale: "line",
      stroke: LINE_COLOR,
      dash: [2, 4],
      width: 2,
      points: { show: false },
      paths: steps,
      value: (_chart, number) => (number === null ? "-" : String(number)),
    };
    return {
      width: this.#plot.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: {
        x: { range: [from, to] },
        line: { range: (_chart, least, most) => [least - 1, most + 1] },
      },
      axes: [
        { ...axis, space: TICK_SPACE, values: (_chart, moments, _axis, _space, step) => times(moments, step) },
        { ...axis, scale: "odds" },
        ...(this.#hasLine ? [{ ...axis, scale: "line", side: 1, grid: { show: false } }] : []),
      ],
      series: [
        { label: "UTC", value: "{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}" },
        ...series,
        ...(this.#hasLine ? [line] : []),
      ],
      cursor: { drag: { x: true, y: false, setScale: false } },
      hooks: {
        setCursor: [(chart) => this.#tell(chart.cursor.idx)],
        setSelect: [(chart) => this.#lookCloser(chart)],
        ready: [(chart) => chart.over.addEventListener("dblclick", () => this.#goBack(all))],
      },
    };
  }

  #lookCloser(chart) {
    const { left, width } = chart.select;
    if (width > 0) {
      this.#mark(null);
      this.load(chart.posToVal(left, "x") * 1000, chart.posToVal(left + width, "x") * 1000);
    }
  }

  #tell(index) {
    const data = this.#data;
    if (index === null || index === undefined || index >= data.shown) {
      this.#said.textContent = this.#summary(data);
      return;
    }
    const who = data.by[index] || this.#figure.dataset.nobody;
    const facts = [`#${data.seq[index]}`, data.status[index], `${who} (${data.source[index]})`];
    this.#said.textContent = [...facts, data.why[index]].filter(Boolean).join(" · ");
  }

  #resize() {
    const width = this.#plot.clientWidth;
    if (this.#chart && width && width !== this.#chart.width) {
      this.#chart.setSize({ width, height: HEIGHT });
    }
  }
}

// Moments of the axis in UTC: the day where it is another than before, the time as fine as needed.
function times(moments, step) {
  const DAY_SECONDS = 86_400;
  return moments.map((moment, index) => {
    const iso = new Date(moment * 1000).toISOString();
    const day = iso.slice(0, 10);
    const isNew = !index || Math.floor(moments[index - 1] / DAY_SECONDS) !== Math.floor(moment / DAY_SECONDS);
    if (step >= DAY_SECONDS) {
      return day;
    }
    const time = iso.slice(11, step < 60 ? 19 : 16);
    return isNew ? `${time}\n${day}` : time;
  });
}

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
