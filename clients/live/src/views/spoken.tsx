// Prices as they move, for who hears the page: those of the market that is open, and not too often.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isFresh, pricesOf } from "../house";
import { marketOf, spoken } from "../markets";
import { place } from "../go";
import { picked } from "../slip";

const EVERY_MS = 15_000;

const words = signal("");

export function Spoken() {
  const at = place.value;
  const id = at.view === "market" ? at.id : picked.value?.marketId;
  useEffect(() => {
    words.value = "";
    if (id === undefined) return undefined;
    const timer = setInterval(() => {
      const market = marketOf(id).peek();
      const prices = pricesOf(id).peek()?.payload;
      if (market && prices && isFresh(id)) words.value = spoken(market, prices);
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [id]);
  return (
    <p class="unseen" aria-live="polite">
      {words.value}
    </p>
  );
}
