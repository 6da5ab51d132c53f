// What was missed of a market, over REST.

import type { Api } from "./api.js";
import type { Update, Whole } from "./messages.js";
import type { Placed } from "./sequence.js";

// One request's; whoever missed more takes the whole state.
const UPDATES_MAX = 500;

/** Return a market's changes since what is known, in order, or its whole state in their place. */
export async function missed(
  api: Api,
  marketId: number,
  known: Placed | undefined,
): Promise<(Update | Whole)[]> {
  const path = { market_id: marketId };
  if (known) {
    const query = { since_seq: known.seq, limit: UPDATES_MAX };
    const page = await api.get("/api/v1/markets/{market_id}/odds/updates", { path, query });
    const isWhole = page.oldestSeq <= known.seq + 1 && !page.hasMore;
    if (page.epoch === known.epoch && isWhole) return page.updates;
  }
  const whole = await api.get("/api/v1/markets/{market_id}/odds/snapshot", { path });
  return [{ ...whole, type: "snapshot" }];
}
