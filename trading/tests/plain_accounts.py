"""Costs, profits, fees and candles once more, by fractions and from the first event on: what they
must come to. Nothing is ever taken back here."""

from collections import Counter, defaultdict
from fractions import Fraction

ONE = 10**18
LENGTHS = (60, 300, 3600, 86_400)


def prices(reserves):
    """What a share of each outcome costs; None where nobody can say."""
    empty = [n for n, reserve in enumerate(reserves) if not reserve]
    if len(empty) > 1:
        return None
    if empty:
        return [Fraction(n == empty[0]) for n in range(len(reserves))]
    whole = sum(Fraction(1, reserve) for reserve in reserves)
    return [Fraction(1, reserve) / whole for reserve in reserves]


class Accounts:
    """What people have in all pools. `kept` is what the last event's row says of it."""

    def __init__(self):
        self.costs = Counter()  # (market, who, outcome)
        self.lp_costs = Counter()  # (market, who)
        self.given = defaultdict(dict)  # (market, who) → outcome → shares
        self.since = Counter()  # (market, who)
        self.sums = defaultdict(Counter)  # (market, who)
        self.per_lp = Counter()  # market
        self.volume = Counter()
        self.trades = Counter()
        self.payouts = {}
        self.ticks = []
        self.kept = ()

    def price(self, market, reserves):
        if payout := self.payouts.get(market):
            return [Fraction(numerator, sum(payout)) for numerator in payout]
        return prices(reserves) or [Fraction(0)] * len(reserves)

    def traded(self, rows, placed, supply):
        """Before the shares have moved."""
        event, log = placed
        is_buy = type(event).__name__ == "SharesBought"
        moved = event.collateral_in if is_buy else event.collateral_out
        market, place = event.market_id, (event.market_id, event.trader, event.outcome)
        sums = self.sums[market, event.trader]
        sums.update(trade_count=1, fees_paid=event.fee)
        if is_buy:
            cost = moved if event.shares_out else 0
            self.costs[place] += cost
            sums.update(bought=moved, realized=cost - moved)
        else:
            cost = self._part(self.costs[place], event.shares_in, rows.holdings[place])
            self.costs[place] -= cost
            sums.update(sold=moved, realized=moved - cost)
        if supply:
            self.per_lp[market] += event.fee * 2**96 // supply
        self.volume[market] += moved
        self.trades[market] += 1
        self.kept = (cost,)
        if (after := prices(event.pools_after)) is not None:
            left = tuple(int(price * ONE) for price in after)
            self.ticks.append((market, log, event.outcome, moved, left))

    def provided(self, rows, event):
        """Before the shares and the LP have moved."""
        market, who = event.market_id, event.provider
        whose = (market, who)
        lp, sums = rows.lp[whose], self.sums[whose]
        earned = int(lp * Fraction(self.per_lp[market] - self.since[whose], 2**96))
        since, self.since[whose] = self.since[whose], self.per_lp[market]
        sums.update(liquidity_count=1, fees_earned=earned)
        if type(event).__name__ == "LiquidityAdded":
            costs, cost, given = self._added(event)
            sums.update(provided=event.collateral_in)
            sums.update(lp_realized=sum(costs) + cost - event.collateral_in)
            sign = 1
        else:
            costs, cost, given = self._removed(event, lp)
            sums.update(fees_received=event.fees_paid)
            sums.update(lp_realized=sum(costs) + event.fees_paid - cost)
            sign = -1
        for outcome, each in enumerate(costs):
            self.costs[market, who, outcome] += each
            had = self.given[whose].get(outcome, 0)
            self.given[whose][outcome] = had + sign * given[outcome]
        self.lp_costs[whose] += sign * cost
        left = lp + (event.lp_minted if sign > 0 else -event.lp_burned)
        if not left:
            self.since[whose] = 0
        self.kept = (cost, costs, given, earned, since)

    def claimed(self, rows, event):
        """Before the shares are gone."""
        market, who = event.market_id, event.claimant
        costs = []
        for outcome, shares in enumerate(event.shares_burned):
            place = (market, who, outcome)
            costs.append(self._part(self.costs[place], shares, rows.holdings[place]))
            self.costs[place] -= costs[-1]
        profit = event.payout - sum(costs)
        self.sums[market, who].update(claim_count=1, claimed=event.payout, realized=profit)
        self.kept = (costs,)

    def _added(self, event):
        left, costs = event.collateral_in, []
        price = self.price(event.market_id, event.pools_after)
        for shares, each in zip(event.shares_returned, price, strict=True):
            costs.append(min(left, int(shares * each)))
            left -= costs[-1]
        if not event.lp_minted:
            return costs, 0, [0] * len(costs)
        given = [max(0, event.collateral_in - shares) for shares in event.shares_returned]
        return costs, left, given

    def _removed(self, event, lp):
        whose = (event.market_id, event.provider)
        before = [map_ + out for map_, out in zip(event.pools_after, event.shares_out, strict=True)]
        price = self.price(event.market_id, before)
        costs = [int(n * each) for n, each in zip(event.shares_out, price, strict=True)]
        had = [self.given[whose].get(outcome, 0) for outcome in range(len(costs))]
        given = [self._part(each, event.lp_burned, lp) for each in had]
        return costs, self._part(self.lp_costs[whose], event.lp_burned, lp), given

    def _part(self, whole, some, of):
        return int(Fraction(whole * some, of)) if of else 0

    def amounts(self):
        """Everything that may be neither below 0 nor beyond all bounds; and what may be below."""
        signed = [abs(sums[name]) for sums in self.sums.values() for name in SIGNED]
        return [
            *(*self.costs.values(), *self.lp_costs.values()),
            *(*self.volume.values(), *signed),
            *(sums[name] for sums in self.sums.values() for name in sums if name not in SIGNED),
        ]


SIGNED = ("realized", "lp_realized")


def candles(ticks, pool_ids):
    """Every candle of these trades, by pool, length and beginning."""
    within = defaultdict(list)
    for market, log, outcome, moved, left in ticks:
        at = int(log.block_time.timestamp())
        for seconds in LENGTHS:
            place = (pool_ids[market], seconds, at // seconds * seconds)
            within[place].append((log.block_number, outcome, moved, left))
    return {place: _candle(trades) for place, trades in within.items()}


def _candle(trades):
    left = [prices for *_, prices in trades]
    outcomes = range(len(left[0]))
    return (
        list(left[0]),
        [max(prices[n] for prices in left) for n in outcomes],
        [min(prices[n] for prices in left) for n in outcomes],
        list(left[-1]),
        [sum(moved for _, of, moved, _ in trades if of == n) for n in outcomes],
        [sum(of == n for _, of, *_ in trades) for n in outcomes],
        trades[0][0],
        trades[-1][0],
    )
