// The odds form: each group's overround as it is typed, and from the server what the prices would
// do. Neither decides anything: the server looks again when the form is sent.

const PAUSE_MS = 400;

// The margin of a group's odds as texts, null where one is missing or no price.
export function overround(texts) {
  if (!texts.length || texts.some((text) => !/^\d{1,4}(\.\d{1,2})?$/.test(text.trim()))) {
    return null;
  }
  const hundredths = texts.map((text) => Math.round(Number(text) * 100));
  if (hundredths.some((price) => price < 101 || price > 100_000)) {
    return null;
  }
  return hundredths.reduce((sum, price) => sum + 100 / price, -1);
}

export function watchForm(form) {
  const shown = form.querySelector("[data-shown]");
  let waiting = null;
  let asking = null;

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const typed = new FormData(form);
    for (const name of ["csrfmiddlewaretoken", "act", "reason", "force"]) {
      typed.delete(name);
    }
    try {
      const url = `${form.dataset.effect}?${new URLSearchParams(typed)}`;
      const answer = await fetch(url, { signal: asking.signal, redirect: "error" });
      if (!answer.ok) {
        throw new Error(`${answer.status}`);
      }
      // Our own template's, which has escaped whatever is in it.
      shown.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") {
        shown.replaceChildren();
      }
    }
  }

  form.addEventListener("input", (event) => {
    if (!event.target.closest("[data-group]")) {
      return;
    }
    showMargins(form);
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE_MS);
  });
  showMargins(form);
  warnWhenMoved(form);
}

function showMargins(form) {
  for (const group of form.querySelectorAll("[data-group]")) {
    const output = group.querySelector("[data-overround]");
    const isOff = group.querySelector("input[type=checkbox]")?.checked ?? false;
    // The draw may be left empty where nobody has decided yet, the line is no price.
    const texts = [...group.querySelectorAll("input[type=text]")]
      .filter((input) => !input.name.endsWith("_line") && (input.name !== "draw" || input.value))
      .map((input) => input.value);
    const margin = isOff ? null : overround(texts);
    output.textContent = margin === null ? "-" : `${(margin * 100).toFixed(1)} %`;
    output.dataset.negative = String(margin !== null && margin < 0);
  }
}

// A page that is kept up to date hears of new prices before the form is sent.
function warnWhenMoved(form) {
  const market = form.closest("[data-market-page]").dataset.marketPage;
  const notice = form.closest("section").querySelector("[data-stale]");
  const made = Number(form.elements.seq.value);
  let first = null;
  document.addEventListener("console:odds", ({ detail }) => {
    if (String(detail.market) !== market) {
      return;
    }
    const { moneyline, spread, total } = detail.payload;
    const prices = JSON.stringify([moneyline, spread, total]);
    if (Number(detail.seq) <= made) {
      first = prices;
    } else if (prices !== first) {
      notice.hidden = false;
    }
  });
}
