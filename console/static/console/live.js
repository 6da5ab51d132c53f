// Keeps a page of the console up to date. console/live.html brings it, with its configuration.
//
// <span data-market="1001" data-field="home">1.85</span> shows the home price of market 1001 from now
// on. Fields: home, draw, away, spread_line, spread_home, spread_away, total_line, total_over,
// total_under, spread and total (line and prices together), overround, status, start; of a pool's
// outcome 1 also outcome_1 (its odds) and price_1; and, asked for every few seconds, staked, worst,
// used.
//
// Other modules may listen on the document to "console:odds" (detail: {market, payload, seq}),
// "console:stakes" (detail: {market, staked, worst, used, near}) and "console:state" (detail: the
// state of the feed).

import { Feed, LIVE, SIGNED_OUT, SignedOut } from "./feed.js";

const CHANGED_MS = 2000;
const OF_STAKES = ["staked", "worst", "used"];

// What each field shows of a market's state. market_rows.py does the same.
export function texts(payload, config) {
  const { moneyline, spread, total } = payload;
  const first = moneyline ?? spread ?? total;
  const shown = {
    home: odds(moneyline?.home),
    draw: odds(moneyline?.draw),
    away: odds(moneyline?.away),
    spread_line: line(spread?.line),
    spread_home: odds(spread?.home),
    spread_away: odds(spread?.away),
    total_line: line(total?.line),
    total_over: odds(total?.over),
    total_under: odds(total?.under),
    overround: first ? overround(first) : "",
    spread: spread ? `${line(spread.line)}: ${odds(spread.home)} / ${odds(spread.away)}` : "",
    total: total ? `${line(total.line)}: ${odds(total.over)} / ${odds(total.under)}` : "",
    ...Object.assign({}, ...(payload.outcomes ?? []).map(outcomeTexts)),
    status: config.status[payload.status] ?? payload.status,
    start: new Date(payload.start_time).toISOString().slice(0, 16).replace("T", " "),
  };
  return Object.fromEntries(
    Object.entries(shown).map(([name, text]) => [name, text || config.nothing]),
  );
}

function outcomeTexts({ option, price, odds: hundredths }) {
  return {
    [`price_${option}`]: price === null ? "" : sharePrice(BigInt(price)),
    [`outcome_${option}`]: hundredths === null ? "" : odds(hundredths / 100),
  };
}

// Of a share that would pay 1, in 10^18ths; what four decimals don't show is cut off.
function sharePrice(price) {
  const shown = price / 10n ** 14n;
  return `${shown / 10_000n}.${String(shown % 10_000n).padStart(4, "0")}`;
}

function odds(price) {
  return price === undefined ? "" : price.toFixed(2);
}

function line(number) {
  return number === undefined ? "" : String(number);
}

function overround({ line: _line, ...sides }) {
  const chances = Object.values(sides).map((price) => 100 / Math.round(price * 100));
  const share = chances.reduce((sum, chance) => sum + chance, -1);
  return `${(share * 100).toFixed(1)} %`;
}

class Page {
  #config;
  #feed;
  #elements = new Map(); // market → the elements that show something of it
  #polling = null;

  constructor(config) {
    this.#config = config;
    for (const element of document.querySelectorAll("[data-market][data-field]")) {
      const market = element.dataset.market;
      if (!this.#elements.has(market)) {
        this.#elements.set(market, []);
      }
      this.#elements.get(market).push(element);
    }
    this.#feed = new Feed({
      url: new URL(config.socket, location.href.replace(/^http/, "ws")).href,
      markets: this.#markets,
      token: () => this.#token(),
      changed: (market, payload, seq) => this.#changed(market, payload, seq),
      stated: (state) => this.#stated(state),
    });
  }

  get #markets() {
    return [...this.#elements.keys()].slice(0, this.#config.marketsMax);
  }

  start() {
    if (!this.#elements.size) {
      return;
    }
    this.#stated(this.#feed.state);
    this.#feed.start();
    this.#poll();
    addEventListener("online", () => this.#feed.retry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") {
        this.#feed.retry();
        this.#poll();
      }
    });
  }

  async #token() {
    const answer = await this.#ask(this.#config.token, {
      method: "POST",
      headers: { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value },
    });
    return answer.token;
  }

  async #ask(url, options = {}) {
    // Whoever is signed out is sent to the sign-in page, which is no answer.
    const answer = await fetch(url, { ...options, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      throw new SignedOut();
    }
    if (!answer.ok) {
      throw new Error(`${url} answered ${answer.status}`);
    }
    return answer.json();
  }

  #changed(market, payload, seq) {
    const shown = texts(payload, this.#config);
    for (const element of this.#elements.get(market) ?? []) {
      const text = shown[element.dataset.field];
      if (element.dataset.field === "status") {
        element.dataset.value = payload.status;
      }
      if (text !== undefined) {
        this.#show(element, text);
      }
    }
    tell("console:odds", { market, payload, seq });
  }

  #show(element, text) {
    if (element.textContent !== text) {
      element.textContent = text;
      element.dataset.changed = "true";
      setTimeout(() => delete element.dataset.changed, CHANGED_MS);
    }
  }

  #stated(state) {
    for (const element of document.querySelectorAll("[data-live-state]")) {
      element.dataset.liveState = state;
      element.textContent = this.#config.state[state];
    }
    this.#mark((field) => !OF_STAKES.includes(field), state !== LIVE);
    if (state === SIGNED_OUT) {
      clearTimeout(this.#polling);
      this.#mark(() => true, true);
    }
    tell("console:state", state);
  }

  // Say of these fields whether what they show may be old.
  #mark(isMeant, isOld) {
    for (const element of [...this.#elements.values()].flat()) {
      if (isMeant(element.dataset.field)) {
        element.dataset.old = String(isOld);
      }
    }
  }

  async #poll() {
    clearTimeout(this.#polling);
    const shows = [...this.#elements.values()].flat();
    const wanted = shows.some((element) => OF_STAKES.includes(element.dataset.field));
    if (!wanted || document.visibilityState !== "visible" || this.#feed.state === SIGNED_OUT) {
      return;
    }
    try {
      const answer = await this.#ask(`${this.#config.stakes}?ids=${this.#markets.join(",")}`);
      this.#mark((field) => OF_STAKES.includes(field), false);
      Object.entries(answer.markets).forEach(([market, stakes]) => this.#staked(market, stakes));
    } catch {
      // The feed finds out for itself, and says, if this page is signed out.
      this.#mark((field) => OF_STAKES.includes(field), true);
    }
    this.#polling = setTimeout(() => this.#poll(), this.#config.stakesEveryMs);
  }

  #staked(market, stakes) {
    for (const element of this.#elements.get(market) ?? []) {
      const text = stakes[element.dataset.field];
      if (OF_STAKES.includes(element.dataset.field) && text !== undefined) {
        this.#show(element, text);
      }
      if (element.dataset.field === "used") {
        element.dataset.near = String(stakes.near);
      }
    }
    tell("console:stakes", { market, ...stakes });
  }
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

if (typeof document !== "undefined") {
  const config = document.getElementById("live-config");
  if (config !== null) {
    new Page(JSON.parse(config.textContent)).start();
  }
}
