// The overround of each group of prices, while it is typed: what the service would say of it.

const ODDS = /^\s*([0-9]{1,4})(?:\.([0-9]{1,2}))?\s*$/;

/** Return odds in whole hundredths, null where the text is no odds. */
export function hundredths(text) {
  const found = ODDS.exec(text);
  if (!found) return null;
  const value = Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
  return value > 100 && value <= 100_000 ? value : null;
}

/** Return by how much the probabilities exceed 1, null where odds are missing or none. */
export function overround(odds) {
  if (odds.length < 2 || odds.includes(null)) return null;
  return odds.reduce((sum, value) => sum + 100 / value, -1);
}

/** Return what is shown: "4.2 %". A share below zero never rounds up to none. */
export function shown(share) {
  if (share === null) return "–";
  const tenths = share < 0 ? Math.min(-1, Math.round(share * 1000)) : Math.round(share * 1000);
  // What a fair book adds up to is not always exactly 1 in floating point.
  return Math.abs(share) < 1e-12 ? "0.0 %" : `${(tenths / 10).toFixed(1)} %`;
}

function follow(group) {
  const output = group.querySelector("[data-overround]");
  const inputs = [...group.querySelectorAll("input")].filter((input) => !input.name.endsWith("_line"));
  const show = () => {
    // Without a draw a moneyline has two ways.
    const filled = inputs.filter((input) => input.value.trim() || !input.name.endsWith("_draw"));
    const share = overround(filled.map((input) => hundredths(input.value)));
    output.textContent = shown(share);
    output.classList.toggle("negative", share !== null && share < -1e-12);
  };
  group.addEventListener("input", show);
  show();
}

if (globalThis.document) {
  document.querySelectorAll("[data-group]").forEach(follow);
}
