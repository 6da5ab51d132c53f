// What somebody has bet, what came of it, and claiming that.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Schemas } from "kmarket-client";
import { shownOdds } from "../amounts";
import { useFollow, useHear, useLoaded, useSoon } from "../hooks";
import { named, shown, symbol } from "../house";
import { marketOf, optionName, read } from "../markets";
import { api, asUser, balance, readBalance, session } from "../session";
import { newKey } from "../slip";
import { t, whyNot, when, type Word } from "../words";
import { askToSignIn } from "./account";
import { Amount, Heading, Segments, Waiting } from "./parts";

type Order = Schemas["Order"];
type Filter = "pending" | "confirmed" | "";

const ON_A_PAGE = 50;
const filter = signal<Filter>("pending");
/** What was claimed a moment ago, or why it could not be. */
const said = signal<string | null>(null);

const RESULTS: Record<NonNullable<Order["result"]>, readonly [Word, string]> = {
  WIN: ["orderWin", "won"],
  HALF_WIN: ["orderHalfWin", "won"],
  PUSH: ["orderPush", "even"],
  VOID: ["orderVoid", "even"],
  HALF_LOSE: ["orderHalfLose", "lost"],
  LOSE: ["orderLose", "lost"],
};

export function Bets() {
  if (!session.value) return <SignedOut words="signInForBets" title="myBets" />;
  return <Mine token={session.value.token} />;
}

export function SignedOut({ words, title }: { words: Word; title: Word }) {
  return (
    <section>
      <Heading>{t(title)}</Heading>
      <div class="empty">
        <p>{t(words)}</p>
        <button type="button" class="button primary" onClick={askToSignIn}>
          {t("signIn")}
        </button>
      </div>
    </section>
  );
}

function Mine({ token }: { token: string }) {
  const loaded = useLoaded(`${filter.value} ${token}`, () =>
    asUser(() =>
      api.get("/api/v1/bets", { query: { ...(filter.value && { status: filter.value }), pageSize: ON_A_PAGE } }),
    ),
  );
  const orders = loaded.value?.items ?? [];
  // A result is told to who follows its market.
  useFollow([...new Set(orders.filter((order) => !order.settled).map((order) => order.marketId))]);
  const soon = useSoon(loaded.again);
  useHear((event) => {
    if (event.type.startsWith("user:") || event.type.startsWith("market:")) soon();
  });
  useEffect(() => void (said.value = null), [filter.value]);
  return (
    <section class="bets" aria-busy={loaded.isLoading}>
      <Heading>{t("myBets")}</Heading>
      <div class="filters">
        <Segments<Filter>
          label={t("state")}
          value={filter.value}
          choices={[["pending", t("betsOpen")], ["confirmed", t("betsSettled")], ["", t("betsAll")]]}
          onChoose={(value) => (filter.value = value)}
        />
        <ClaimAll again={loaded.again} />
      </div>
      <p class="said" role="status" aria-live="polite">
        {said.value}
      </p>
      <Waiting of={loaded} empty={t("noBets")} />
      {orders.length > 0 && <OrderList orders={orders} again={loaded.again} />}
    </section>
  );
}

function ClaimAll({ again }: { again: () => void }) {
  const owed = balance.value?.owed ?? 0n;
  if (!owed) return null;
  return (
    <button type="button" class="button primary" onClick={() => void claim(claimAll, again)}>
      {t("claimAll", { amount: shown(owed), symbol: symbol() })}
    </button>
  );
}

async function claimAll(): Promise<bigint> {
  let total = 0n;
  let more = true;
  while (more) {
    const claimed = await asUser(() => api.post("/api/v1/bets/claim", { idempotencyKey: newKey() }));
    total += BigInt(claimed.total);
    more = claimed.hasMore;
  }
  return total;
}

async function claimOne(order: Order): Promise<bigint> {
  const path = { order_id: order.orderId };
  const answer = await asUser(() => api.post("/api/v1/bets/{order_id}/claim", { path, idempotencyKey: newKey() }));
  return BigInt(answer.claimAmount);
}

async function claim(work: () => Promise<bigint>, again: () => void): Promise<void> {
  try {
    said.value = t("claimedNow", { amount: shown(await work()), symbol: symbol() });
  } catch (problem) {
    said.value = whyNot(problem, named);
  }
  again();
  void readBalance().catch(() => undefined);
}

/** Bets, the newest first. `here`: on the page of their market. */
export function OrderList({ orders, again, here }: { orders: Order[]; again: () => void; here?: boolean }) {
  return (
    <ul class="orders">
      {orders.map((order) => (
        <OrderRow key={order.orderId} order={order} again={again} here={here ?? false} />
      ))}
    </ul>
  );
}

function OrderRow({ order, again, here }: { order: Order; again: () => void; here: boolean }) {
  useEffect(() => void read(order.marketId).catch(() => undefined), [order.marketId]);
  const market = marketOf(order.marketId).value;
  const [result, kind] = order.result ? RESULTS[order.result] : (["orderPending", "pending"] as const);
  const isClaimable = order.settled && !order.claimed && BigInt(order.potentialPayout ?? 0) > 0n;
  return (
    <li class="order" data-order={order.orderId} data-result={order.result ?? "pending"}>
      <div class="order-what">
        <strong>{optionName(market, order.option, order.line)}</strong>
        {!here && <a href={`/market/${order.marketId}`}>{market?.title ?? "…"}</a>}
        <small class="quiet">
          <time dateTime={new Date(order.createdAt).toISOString()}>{when.both(order.createdAt)}</time>
          <span title={t("betNumber", { id: order.orderId })}>#{String(order.orderId).slice(-6)}</span>
        </small>
      </div>
      <dl class="order-sums">
        <div>
          <dt>{t("stake")}</dt>
          <dd>
            <Amount of={order.amount} plain />
          </dd>
        </div>
        <div>
          <dt>{t("odds")}</dt>
          <dd class="num">{shownOdds(order.odds)}</dd>
        </div>
        <div>
          <dt>{t(order.settled ? "returns" : "canPay")}</dt>
          <dd>
            <Amount of={order.settled ? (order.potentialPayout ?? "0") : order.maxPayout} plain />
          </dd>
        </div>
      </dl>
      <div class="order-end">
        <span class={`badge ${kind}`}>{t(result)}</span>
        {isClaimable && (
          <button type="button" class="button small" onClick={() => void claim(() => claimOne(order), again)}>
            {t("claim")}
          </button>
        )}
        {order.claimed && <span class="quiet">{t("claimed")}</span>}
      </div>
    </li>
  );
}
