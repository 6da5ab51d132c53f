// Shares of pools: what is held, what it is worth, and the trades that made it.

import type { Schemas } from "kmarket-client";
import { useHear, useLoaded, useSoon } from "../hooks";
import { shown } from "../house";
import { api, asUser, session } from "../session";
import { pick, side } from "../slip";
import * as trading from "../trading";
import { t } from "../words";
import { SignedOut } from "./bets";
import { Trades } from "./market";
import { Amount, Heading, Waiting } from "./parts";

type Position = Schemas["Position"];

export function Shares() {
  if (!session.value) return <SignedOut words="signInForShares" title="shares" />;
  return <Mine token={session.value.token} />;
}

function Mine({ token }: { token: string }) {
  const positions = useLoaded(token, () => asUser(() => api.get("/api/v1/positions", { query: { pageSize: 50 } })));
  const trades = useLoaded(token, () => asUser(() => api.get("/api/v1/trades", { query: { pageSize: 20 } })));
  const soon = useSoon(() => {
    positions.again();
    trades.again();
  });
  useHear((event) => {
    if (event.type.startsWith("user:")) soon();
  });
  const step = trading.step.value;
  return (
    <section class="shares">
      <Heading>{t("shares")}</Heading>
      <p class="said" role="status" aria-live="polite">
        {step && "problem" in step && trading.words(step.problem)}
        {step && "word" in step && t(step.word, { amount: step.amount ? shown(step.amount) : "" })}
      </p>
      <Waiting of={positions} empty={t("noShares")} />
      <div class="cards wide-cards">
        {positions.value?.items.map((one) => <PositionCard key={one.marketId} position={one} />)}
      </div>
      {trades.value && trades.value.items.length > 0 && (
        <section class="card">
          <h2>{t("yourTrades")}</h2>
          <Trades trades={trades.value.items} />
        </section>
      )}
    </section>
  );
}

function PositionCard({ position }: { position: Position }) {
  const { marketId } = position;
  const sell = (outcome: number) => {
    side.value = "sell";
    pick(marketId, outcome, null);
  };
  return (
    <section class="card">
      <h2>
        <a href={`/market/${marketId}`}>{position.question}</a>
      </h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("outcome")}</th>
            <th scope="col">{t("held")}</th>
            <th scope="col">{t("value")}</th>
            <th scope="col">{t("gain")}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {position.outcomes.map((one) => (
            <tr key={one.outcome}>
              <th scope="row">{one.label}</th>
              <td>
                <Amount of={one.shares} plain />
              </td>
              <td>
                <Amount of={one.value} plain />
              </td>
              <td class={BigInt(one.unrealized) < 0n ? "down" : "up"}>
                <Amount of={one.unrealized} plain />
              </td>
              <td>
                {position.status === "active" && (
                  <button type="button" class="button small" onClick={() => sell(one.outcome)}>
                    {t("sell")}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {position.finality && <p class="quiet">{t(position.finality === "final" ? "finalityFinal" : "finalityConfirmed")}</p>}
      {BigInt(position.claimable) > 0n && trading.wallet() && (
        <button type="button" class="button primary" disabled={trading.isBusy()} onClick={() => void trading.claim(marketId)}>
          {t("collect", { amount: shown(position.claimable) })}
        </button>
      )}
    </section>
  );
}
