// Where in the page somebody is: the address, and how to get to another one.

import { signal } from "@preact/signals";

export type Place =
  | { view: "markets" }
  | { view: "market"; id: number }
  | { view: "bets" }
  | { view: "shares" }
  | { view: "nowhere" };

export const place = signal<Place>(placeOf(location.pathname));

function placeOf(path: string): Place {
  const market = /^\/market\/(\d{1,16})$/.exec(path);
  if (market) return { view: "market", id: Number(market[1]) };
  if (path === "/") return { view: "markets" };
  if (path === "/bets") return { view: "bets" };
  if (path === "/shares") return { view: "shares" };
  return { view: "nowhere" };
}

export function go(path: string): void {
  if (path === location.pathname) return;
  history.pushState(null, "", path);
  arrive();
  scrollTo(0, 0);
}

function arrive(): void {
  place.value = placeOf(location.pathname);
}

/** Follow links of the page without loading it again, and the browser's own buttons. */
export function listen(): void {
  addEventListener("popstate", arrive);
  document.addEventListener("click", (event) => {
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const link = (event.target as Element).closest?.("a");
    if (!plain || event.defaultPrevented || !link || link.target || link.origin !== location.origin) return;
    if (link.hash || placeOf(link.pathname).view === "nowhere") return;
    event.preventDefault();
    go(link.pathname);
  });
}
