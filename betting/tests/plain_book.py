"""The rules of markets, bets and money once more, one after the other and in plain Python.

What `test_machine` compares the house with. It knows no database, no lock and no ledger: a step
either happens whole or is refused, and every sum is taken anew over the orders.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache

from betting.tests.test_grading import oracle

HOME, AWAY, DRAW = 1, 2, 3
MAY_HAPPEN = {
    "suspend": ({"active"}, "suspended"),
    "resume": ({"suspended"}, "active"),
    "close": ({"active", "suspended"}, "closed"),
    "settle": ({"closed"}, "settled"),
    "rollback": ({"settled"}, "closed"),
    "void": ({"active", "suspended", "closed"}, "cancelled"),
}
SCORES = [(home, away) for home in range(8) for away in range(8)]
NEVER = float("inf")


class Refused(Exception):
    """Named like the refusal of the house."""


@dataclass
class Market:
    three_way: bool
    # option → (odds in hundredths, line in quarters or None)
    prices: dict[int, tuple[int, int | None]]
    status: str = "active"
    seq: int = 1
    # (winner, home goals, away goals) as the market shows it
    result: tuple = (None, None, None)
    limits: dict = field(default_factory=dict)
    # (kind, is_void, orders, staked, paid out), the first is version 1
    decisions: list = field(default_factory=list)

    def move(self, event):
        states, following = MAY_HAPPEN[event]
        if self.status not in states:
            raise Refused("IllegalTransition")
        self.status = following
        self.seq += 1


@dataclass
class Order:
    user: str
    market: int
    option: int
    stake: int
    odds: int
    line_q: int | None
    three_way: bool
    seq: int
    state: str = "accepted"
    is_void: bool = False
    payout: int | None = None
    version: int = 0
    claimed: int | None = None
    # Known once the house has told it.
    placed_at: float = NEVER

    def due(self, home, away):
        terms = self.option, self.line_q, self.three_way, home, away, self.stake, self.odds
        return cached_oracle(*terms)


cached_oracle = cache(oracle)


@dataclass
class User:
    available: int = 0
    owes: int = 0
    deposited: int = 0
    daily: int | None = None
    # Who was never given anything has no balance stored.
    has_row: bool = False

    def give(self, amount):
        if not amount:
            return
        self.has_row = True
        repaid = min(amount, self.owes)
        self.owes -= repaid
        self.available += amount - repaid

    def take(self, amount):
        if self.available < amount:
            raise Refused("InsufficientBalance")
        self.available -= amount

    def take_back(self, amount):
        taken = min(amount, self.available)
        self.available -= taken
        self.owes += amount - taken


@dataclass
class Book:
    users: dict[str, User]
    markets: list[Market]
    orders: dict[str, Order] = field(default_factory=dict)

    def after(self, step):
        """Return (the book after a step, what the step answers)."""
        name, about = step
        book = deepcopy(self)
        try:
            return book, getattr(book, name)(**about)
        except Refused as refusal:
            return self, str(refusal)

    # --- Users -------------------------------------------------------------------------------

    def place(self, ref, user, market, option, stake, seen, takes):
        held, who = self.markets[market], self.users[user]
        if held.status != "active":
            raise Refused("MarketNotOpen")
        if option not in held.prices:
            raise Refused("OptionNotPriced")
        odds, line_q = held.prices[option]
        taken = {"none": {seen}, "better": range(seen, odds + 1), "any": {odds}}[takes]
        if odds not in taken:
            raise Refused("OddsChanged")
        self.refuse_stake(held, stake)
        who.take(stake)
        mine = [order for order in self.orders.values() if order.user == user]
        if who.daily is not None and sum(order.stake for order in mine) + stake > who.daily:
            raise Refused("DailyLimitReached")
        here = sum(o.stake for o in mine if o.market == market and not o.is_void)
        if here + stake > held.limits.get("user_stake_max", NEVER):
            raise Refused("MarketStakeReached")
        order = Order(user, market, option, stake, odds, line_q, held.three_way, held.seq)
        self.orders[ref] = order
        if self.worst_loss(market) > held.limits.get("liability_cap", NEVER):
            raise Refused("LiabilityReached")

    def claim(self, user, ref):
        order = self.orders.get(ref)
        if order is None or order.user != user:
            raise Refused("NoSuchOrder")
        if order.state == "accepted":
            raise Refused("NotSettled")
        if order.state == "claimed":
            raise Refused("AlreadyClaimed")
        if order.payout == 0:
            raise Refused("NothingToClaim")
        order.state, order.claimed = "claimed", order.payout
        self.users[user].give(order.payout)
        return order.payout

    def claim_all(self, user):
        refs = [
            ref
            for ref, order in self.orders.items()
            if order.user == user and order.state == "settled" and order.payout
        ]
        return {ref: self.claim(user, ref) for ref in refs}

    def credit(self, user, amount):
        self.users[user].give(amount)
        self.users[user].deposited += amount

    def debit(self, user, amount):
        self.users[user].take(amount)
        self.users[user].deposited -= amount

    def restrict(self, user, daily):
        """Less takes hold at once; more only tomorrow, which never comes here."""
        who = self.users[user]
        who.daily = daily if who.daily is None else min(who.daily, daily)

    # --- Operators ---------------------------------------------------------------------------

    def reprice(self, market, prices):
        held = self.markets[market]
        if held.status not in {"active", "suspended"}:
            raise Refused("MarketNotOpen")
        held.prices = prices
        held.seq += 1

    def change(self, market, event):
        self.markets[market].move(event)

    def set_limits(self, market, limits):
        held = self.markets[market]
        if limits.get("stake_min", 1) > limits.get("stake_max", NEVER):
            raise Refused("LimitsContradict")
        held.limits = limits

    def settle(self, market, winner, scores):
        held = self.markets[market]
        shown = self.shown(held, winner, scores)
        if held.status == "settled":
            last = self.last_decision(held)
            if held.result == shown and not last[1]:
                return False
            raise Refused("AlreadySettled")
        waiting = self.waiting(market)
        self.refuse_without_scores(waiting, scores)
        if held.status in {"active", "suspended"}:
            held.move("close")
        held.move("settle")
        held.result = shown
        self.grade(market, waiting, winner, scores, kind="settle")
        return True

    def rollback(self, market):
        held = self.markets[market]
        last = self.last_decision(held)
        if last is not None and last[0] == "rollback":
            return False
        if held.status != "settled":
            raise Refused("MarketNotSettled")
        graded = self.graded_with(market)
        if any(order.state == "claimed" for order in graded):
            raise Refused("PayoutsClaimed")
        held.move("rollback")
        held.result = (None, None, None)
        for order in graded:
            order.state, order.is_void, order.payout, order.version = "accepted", False, None, 0
        staked = sum(order.stake for order in graded)
        held.decisions.append(("rollback", False, len(graded), staked, 0))
        return True

    def resettle(self, market, winner, scores):
        held = self.markets[market]
        if held.status != "settled":
            raise Refused("MarketNotSettled")
        is_void = winner is None and scores is None
        shown = (None, None, None) if is_void else self.shown(held, winner, scores)
        if held.result == shown and self.last_decision(held)[1] == is_void:
            return False
        graded = self.graded_with(market)
        if not is_void:
            self.refuse_without_scores(graded, scores)
        held.result = shown
        held.seq += 1
        before = {ref: o.payout for ref, o in self.orders.items() if o.state == "claimed"}
        self.grade(market, graded, winner, scores, kind="resettle")
        for name, user in self.users.items():
            change = sum(
                self.orders[ref].payout - payout
                for ref, payout in before.items()
                if self.orders[ref].user == name
            )
            user.give(change) if change > 0 else user.take_back(-change)
        return True

    def void_market(self, market):
        held = self.markets[market]
        if held.status == "cancelled":
            return False
        held.move("void")
        self.grade(market, self.waiting(market), None, None, kind="void")
        return True

    def void_since(self, market, ref):
        waiting = self.waiting(market)
        moment = self.orders[ref].placed_at
        late = [order for order in waiting if order.placed_at > moment]
        if not late:
            return None
        self.grade(market, late, None, None, kind="void_orders")
        return len(late)

    def void_order(self, ref):
        order = self.orders[ref]
        if order.is_void:
            return None
        if order.state != "accepted":
            raise Refused("OrderAlreadyGraded")
        self.grade(order.market, [order], None, None, kind="void_orders")
        return 1

    # --- What they have in common ------------------------------------------------------------

    def grade(self, market, orders, winner, scores, *, kind):
        held = self.markets[market]
        is_void = winner is None and scores is None
        # Without a score, one that the winner has.
        home, away = scores or {HOME: (1, 0), AWAY: (0, 1), DRAW: (0, 0)}[winner or DRAW]
        for order in orders:
            order.is_void = is_void
            order.payout = order.stake if is_void else order.due(home, away)
            order.version = len(held.decisions) + 1
            if order.state == "accepted":
                order.state = "settled"
        staked, paid = (sum(getattr(o, name) for o in orders) for name in ("stake", "payout"))
        held.decisions.append((kind, is_void, len(orders), staked, paid))

    def shown(self, held, winner, scores):
        if winner == DRAW and not held.three_way:
            raise Refused("NoSuchOption")
        if scores is None:
            return winner, None, None
        home, away = scores
        who = HOME if home > away else AWAY if away > home else DRAW
        if winner not in {None, who}:
            raise Refused("ContradictoryResult")
        return (None if who == DRAW and not held.three_way else who), home, away

    @staticmethod
    def refuse_stake(held, stake):
        if stake < held.limits.get("stake_min", 1):
            raise Refused("StakeTooSmall")
        if stake > held.limits.get("stake_max", NEVER):
            raise Refused("StakeTooLarge")

    @staticmethod
    def refuse_without_scores(orders, scores):
        if scores is None and any(order.line_q is not None for order in orders):
            raise Refused("ScoresRequired")

    def waiting(self, market):
        return [o for o in self.orders.values() if o.market == market and o.state == "accepted"]

    def graded_with(self, market):
        """The orders that were graded with their market, and not voided one by one."""
        decisions = self.markets[market].decisions
        return [
            order
            for order in self.orders.values()
            if order.market == market
            and order.state != "accepted"
            and decisions[order.version - 1][0] != "void_orders"
        ]

    @staticmethod
    def last_decision(held):
        return next((each for each in reversed(held.decisions) if each[0] != "void_orders"), None)

    def worst_loss(self, market):
        waiting = self.waiting(market)
        return max(sum(o.due(*score) - o.stake for o in waiting) for score in SCORES)

    # --- To compare --------------------------------------------------------------------------

    def accounts(self):
        """What every account must hold, from the orders and deposits alone."""
        orders, users = self.orders.values(), self.users.values()
        graded = [order for order in orders if order.state != "accepted"]
        return {
            "user": sum(user.available for user in users),
            "receivable": -sum(user.owes for user in users),
            "outside": -sum(user.deposited for user in users),
            "house": sum(order.stake - order.payout for order in graded),
            "escrow": sum(order.stake for order in orders if order.state == "accepted"),
            "claims": sum(order.payout for order in graded if order.state == "settled"),
        }
