"""Anything in any order, from several connections, alone and two at once, against `plain_book`.

After every step all balances, orders, markets, decisions, claims and accounts are compared with
the plain book's, and the books must balance. Two steps at once must end as one of them after the
other would have, whichever was first.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from accounts.models import User
from betting import books, claims, corrections, personal_limits, services, settlement
from betting.models import Balance, LedgerEntry, Order, OrderClaim, Settlement
from betting.personal_limits import Limits
from betting.services import AcceptOdds
from betting.settlement import Result
from betting.tests import plain_book
from betting.tests.plain_book import Book
from kmarket.errors import DomainError
from kmarket.tests.crowd import interleaved
from kmarket.tests.proof import cases, takes_its_time
from markets import services as market_services
from markets.lifecycle import Event
from markets.lines import Line
from markets.models import Market, OddsUpdate
from markets.odds import Moneyline, Odds, Prices, Spread, Total

DESKS = 3
LIMITS = ("stake_min", "stake_max", "user_stake_max", "liability_cap")
MONEYLINES = {
    False: [(185, 210), (190, 205), (150, 280)],
    True: [(250, 290, 320), (210, 340, 350), (290, 240, 330)],
}
# Two markets without a draw, one with; opened with a quarter handicap and a quarter total.
THREE_WAY = (False, True, False)
OPENING = {"moneyline": 0, "spread_q": -3, "total_q": 9}
# What stands before the first step: user, market, option, stake.
FIRST_BETS = [
    *(("alice", 0, 1, 100), ("bob", 0, 2, 55), ("alice", 0, 4, 31), ("carol", 0, 7, 7)),
    *(("alice", 1, 3, 60), ("bob", 1, 1, 90), ("carol", 1, 5, 13), ("bob", 2, 6, 77)),
]
numbers = count(1)


def groups(three_way, moneyline, spread_q, total_q):
    """A market's price groups; no line: the group is taken off."""
    home, away, *draw = map(Odds, MONEYLINES[three_way][moneyline])
    spread = total = None
    if spread_q is not None:
        spread = Spread(Line(spread_q), Odds(192), Odds(188))
    if total_q is not None:
        total = Total(Line(total_q), Odds(190), Odds(191))
    return {"moneyline": Moneyline(home, away, *draw), "spread": spread, "total": total}


def plain(groups):
    """The same as the plain book has it."""
    ways, spread, total = groups["moneyline"], groups["spread"], groups["total"]
    prices = {1: (ways.home.hundredths, None), 2: (ways.away.hundredths, None)}
    if ways.draw:
        prices[3] = (ways.draw.hundredths, None)
    if spread:
        prices |= {4: (192, spread.line.quarters), 5: (188, spread.line.quarters)}
    if total:
        prices |= {6: (190, total.line.quarters), 7: (191, total.line.quarters)}
    return prices


class House:
    """The real thing, under the plain book's names. One of its own for every example."""

    def __init__(self, operator):
        self.operator = operator
        self.about = {"actor": operator, "reason": "a test"}
        self.now = datetime.now(tz=UTC)
        self.users = {name: self.user() for name in ("alice", "bob", "carol")}
        self.names = {user.pk: name for name, user in self.users.items()}
        self.markets = [self.market(three_way).pk for three_way in THREE_WAY]
        self.outside_before = books.account_totals()

    def user(self):
        address = f"0x{next(numbers):040x}"
        return User.objects.create_user(address, address=address)

    def market(self, three_way):
        return market_services.create_market(
            league="NBA",
            home_team="Lakers",
            away_team="Warriors",
            start_time=self.now + timedelta(days=1),
            actor=self.operator,
            prices=Prices(**groups(three_way, **OPENING)),
        )

    def do(self, step):
        """Do a step; return what it answers, or the name of the refusal."""
        name, about = step
        try:
            return getattr(self, name)(**about)
        except DomainError as refusal:
            return type(refusal).__name__

    def order(self, ref):
        found = Order.objects.filter(market__in=self.markets, client_ref=ref)
        return found.values_list("pk", flat=True).first() or 0

    def place(self, ref, user, market, option, stake, seen, takes):
        services.place_order(
            user=self.users[user],
            market_id=self.markets[market],
            option=option,
            stake=stake,
            seen_odds=Odds(seen),
            accept_odds=AcceptOdds(takes),
            client_ref=ref,
            now=self.now,
        )

    def claim(self, user, ref):
        return claims.claim(user=self.users[user], order_id=self.order(ref)).amount

    def claim_all(self, user):
        paid = claims.claim_all(user=self.users[user])
        return {claim.order.client_ref: claim.amount for claim in paid}

    def credit(self, user, amount):
        services.credit(user=self.users[user], amount=amount, **self.about)

    def debit(self, user, amount):
        services.debit(user=self.users[user], amount=amount, **self.about)

    def restrict(self, user, daily):
        personal_limits.set_limits(
            user=self.users[user], wanted=Limits(daily_stake=daily), now=self.now
        )

    def reprice(self, market, prices):
        market_services.set_odds(
            market_id=self.markets[market],
            changes=prices,
            source=OddsUpdate.Source.ADMIN,
            force=True,
            **self.about,
        )

    def change(self, market, event):
        market_services.change_status(
            market_id=self.markets[market], event=Event(event), **self.about
        )

    def set_limits(self, market, limits):
        limits = dict.fromkeys(LIMITS) | limits
        services.set_market_limits(market_id=self.markets[market], limits=limits, **self.about)

    def settle(self, market, winner, scores):
        result = Result(winner, scores)
        return settlement.settle_market(
            market_id=self.markets[market], result=result, **self.about
        )[1]

    def rollback(self, market):
        return corrections.rollback_market(market_id=self.markets[market], **self.about)[1]

    def resettle(self, market, winner, scores):
        result = None if winner is None and scores is None else Result(winner, scores)
        return corrections.resettle_market(
            market_id=self.markets[market], result=result, **self.about
        )[1]

    def void_market(self, market):
        return corrections.void_market(market_id=self.markets[market], **self.about)[1]

    def void_since(self, market, ref):
        since = Order.objects.get(pk=self.order(ref)).placed_at
        decision = corrections.void_orders_since(
            market_id=self.markets[market], since=since, **self.about
        )
        return decision and decision.order_count

    def void_order(self, ref):
        decision = corrections.void_order(order_id=self.order(ref), **self.about)
        return decision and decision.order_count

    def moments(self):
        """When each order was placed, by its reference."""
        found = Order.objects.filter(market__in=self.markets)
        return dict(found.values_list("client_ref", "placed_at"))

    def facts(self):
        """Everything that is stored, as `facts_of` has it for the plain book."""
        orders = Order.objects.filter(market__in=self.markets).select_related("claim")
        decided = Settlement.objects.filter(market__in=self.markets).order_by("version")
        markets = Market.objects.in_bulk(self.markets)
        return {
            "users": {
                self.names[balance.user_id]: (balance.available, balance.receivable)
                for balance in Balance.objects.filter(user__in=self.names)
            },
            "orders": {order.client_ref: self.order_facts(order) for order in orders},
            "claims": {
                claim.order.client_ref: claim.amount
                for claim in OrderClaim.objects.filter(user__in=self.names).select_related("order")
            },
            "markets": [self.market_facts(markets[pk]) for pk in self.markets],
            "decisions": [
                [
                    (each.kind, each.is_void, each.order_count, each.staked, each.paid_out)
                    for each in decided
                    if each.market_id == pk
                ]
                for pk in self.markets
            ],
            "accounts": {
                account: total - self.outside_before.get(account, 0)
                for account, total in books.account_totals().items()
                if total != self.outside_before.get(account, 0)
            },
        }

    def order_facts(self, order):
        return (
            *(self.names[order.user_id], self.markets.index(order.market_id), order.option),
            *(order.stake, order.odds_hundredths, order.line_q, order.three_way, order.odds_seq),
            *(order.state, order.result == "VOID", order.payout, order.settlement_version),
        )

    @staticmethod
    def market_facts(market):
        return (
            *(market.status, market.seq),
            (market.winning_option, market.home_score, market.away_score),
            {name: limit for name in LIMITS if (limit := getattr(market, name)) is not None},
        )


def facts_of(book):
    return {
        "users": {
            name: (user.available, user.owes)
            for name, user in book.users.items()
            # Who never had anything has no row.
            if user.has_row
        },
        "orders": {
            ref: (
                *(order.user, order.market, order.option, order.stake, order.odds, order.line_q),
                *(order.three_way, order.seq, order.state, order.is_void, order.payout),
                order.version,
            )
            for ref, order in book.orders.items()
        },
        "claims": {r: o.claimed for r, o in book.orders.items() if o.claimed is not None},
        "markets": [
            (market.status, market.seq, market.result, market.limits) for market in book.markets
        ],
        "decisions": [market.decisions for market in book.markets],
        "accounts": {account: total for account, total in book.accounts().items() if total},
    }


# --- Steps, as chosen by hypothesis: they name things by number, whatever there is by then ------

at = st.integers(0, DESKS - 1)
# Before which statement of one the other comes in between; a settlement has about so many.
statements = st.integers(0, 40)
users = st.sampled_from(["alice", "bob", "carol"])
markets = st.integers(0, len(THREE_WAY) - 1)
amounts = st.one_of(st.integers(1, 400), st.just(2**100 + 1))
some = st.integers(0, 30)
winners = st.sampled_from([1, 2, 3])
scores = st.tuples(st.integers(0, 3), st.integers(0, 3))
results = st.one_of(
    *[scores.map(lambda score: {"winner": None, "scores": score})] * 3,
    winners.map(lambda winner: {"winner": winner, "scores": None}),
    st.builds(lambda winner, score: {"winner": winner, "scores": score}, winners, scores),
)
void = st.just({"winner": None, "scores": None})
lines = {"spread_q": st.none() | st.integers(-5, 5), "total_q": st.none() | st.integers(7, 11)}
limits = st.fixed_dictionaries(
    {},
    optional={
        "stake_min": st.integers(1, 50),
        "stake_max": st.integers(40, 400),
        "user_stake_max": st.integers(50, 800),
        "liability_cap": st.integers(50, 900),
    },
)


def named(name, **strategies):
    return st.tuples(st.just(name), st.fixed_dictionaries(strategies))


bet = named(
    "place",
    user=users,
    market=markets,
    option=st.integers(1, 7),
    stake=st.integers(1, 250),
    off_by=st.sampled_from([0, 0, 0, 0, -5, 5]),
    takes=st.sampled_from(["none", "better", "any"]),
)
claim = named("claim", user=users, ref=some)
claim_all = named("claim_all", user=users)
credit = named("credit", user=users, amount=amounts)
debit = named("debit", user=users, amount=st.integers(1, 800))
restrict = named("restrict", user=users, daily=st.integers(300, 1500))
reprice = named("reprice", market=markets, moneyline=st.integers(0, 2), **lines)
halt = named("change", market=markets, event=st.sampled_from(["suspend", "resume", "resume"]))
close = named("change", market=markets, event=st.just("close"))
set_limits = named("set_limits", market=markets, limits=limits)
void_since = named("void_since", market=markets, ref=some)
void_order = named("void_order", ref=some)
void_market = named("void_market", market=markets)
settle = named("settle", market=markets, result=results)
rollback = named("rollback", market=markets)
resettle = named("resettle", market=markets, result=results | void)
steps = st.one_of(
    *(bet, bet, claim, claim_all, credit, debit, reprice, halt, set_limits),
    *(void_since, void_order, settle, rollback, resettle),
)
# What meets at once, about the same market, user and order.
meetings = st.one_of(
    *(st.tuples(bet, other) for other in (bet, debit, halt, reprice, set_limits, settle)),
    *(st.tuples(claim, other) for other in (claim, claim_all, debit, resettle, rollback)),
    *(st.tuples(resettle, other) for other in (bet, claim_all, credit, debit, resettle, rollback)),
    *(st.tuples(settle, other) for other in (settle, void_market, void_order, void_since)),
    st.tuples(rollback, settle),
)


class Machine(RuleBasedStateMachine):
    """One house and its plain book; every step through one of three desks."""

    def __init__(self, operator, desks):
        super().__init__()
        self.desks = desks
        self.house = House(operator)
        self.refs = (f"bet {number}" for number in count())
        self.book = Book(
            users={name: plain_book.User() for name in self.house.users},
            markets=[
                plain_book.Market(three_way, plain(groups(three_way, **OPENING)))
                for three_way in THREE_WAY
            ],
        )
        for name in self.house.users:
            self.alone(("credit", {"user": name, "amount": 1000}), desk=0)
        for user, market, option, stake in FIRST_BETS:
            bet = {"user": user, "market": market, "option": option, "stake": stake}
            self.alone(self.meant(("place", bet | {"off_by": 0, "takes": "none"})), desk=0)

    @rule(step=bet, desk=at)
    def somebody_bets(self, step, desk):
        self.alone(self.meant(step), desk=desk)

    @rule(step=claim | claim_all | credit | debit | restrict, desk=at)
    def money_moves(self, step, desk):
        self.alone(self.meant(step), desk=desk)

    @rule(step=reprice | halt | set_limits, desk=at)
    def somebody_trades(self, step, desk):
        self.alone(self.meant(step), desk=desk)

    @rule(step=settle | settle | rollback | resettle, desk=at)
    def a_result_comes_or_goes(self, step, desk):
        self.alone(self.meant(step), desk=desk)

    @rule(step=void_order | void_since, desk=at)
    def something_is_void(self, step, desk):
        self.alone(self.meant(step), desk=desk)

    @rule(step=close | void_market, desk=at, is_meant=st.integers(0, 9))
    def a_market_ends(self, step, desk, is_meant):
        # Rarely: nothing can be bet on afterwards.
        if is_meant == 0:
            self.alone(self.meant(step), desk=desk)

    @rule(one=steps, other=steps, stop_at=statements)
    def two_things_happen_at_once(self, one, other, stop_at):
        self.both(self.meant(one), self.meant(other), stop_at=stop_at)

    @rule(meeting=meetings, stop_at=statements)
    def two_things_meet(self, meeting, stop_at):
        (one, about), (other, about_other) = meeting
        shared = {name: about[name] for name in about.keys() & {"user", "market", "ref"}}
        shared = {name: shared[name] for name in shared.keys() & about_other.keys()}
        steps = self.meant((one, about)), self.meant((other, about_other | shared))
        self.both(*(steps if stop_at % 2 else steps[::-1]), stop_at=stop_at // 2)

    def both(self, one, other, *, stop_at):
        calls = [partial(self.house.do, real(step)) for step in (one, other)]
        happened = interleaved(self.desks, *calls, stop_at=stop_at)
        stored = self.house.facts()
        orders = []
        for first, second in ((one, other), (other, one)):
            book, first_answer = self.book.after(first)
            book, second_answer = book.after(second)
            answers = [first_answer, second_answer]
            orders.append((book, answers if first is one else answers[::-1]))
        fitting = [
            book for book, answers in orders if answers == happened and facts_of(book) == stored
        ]
        assert fitting, (one, other, happened, stored, [(a, facts_of(b)) for b, a in orders])
        self.go_on_with(fitting[0])

    def alone(self, step, *, desk):
        happened = self.desks[desk].submit(self.house.do, real(step)).result(60)
        book, answer = self.book.after(step)
        assert happened == answer, step
        assert self.house.facts() == facts_of(book), step
        self.go_on_with(book)

    def go_on_with(self, book):
        self.book = book
        if any(order.placed_at == plain_book.NEVER for order in book.orders.values()):
            for ref, moment in self.house.moments().items():
                book.orders[ref].placed_at = moment.timestamp()
        with transaction.atomic():
            assert books.differences() == []
            assert sum(books.account_totals().values()) == 0

    def meant(self, step):
        """Return the step with what its numbers stand for now."""
        name, about = step[0], dict(step[1])
        if "ref" in about:
            refs = list(self.book.orders)
            about["ref"] = refs[about["ref"] % len(refs)]
        if name == "void_since":
            about["market"] = self.book.orders[about["ref"]].market
        if name == "place":
            odds, _ = self.book.markets[about["market"]].prices.get(about["option"], (200, None))
            about |= {"ref": next(self.refs), "seen": odds + about.pop("off_by")}
        if name == "reprice":
            market = about.pop("market")
            three_way = self.book.markets[market].three_way
            about = {"market": market, "prices": plain(groups(three_way, **about))}
        if "result" in about:
            about |= about.pop("result")
        return name, about


def real(step):
    """The step as the house takes it: price groups in place of prices by option."""
    name, about = step
    if name != "reprice":
        return step
    prices = about["prices"]
    three_way = 3 in prices
    odds = tuple(prices[option][0] for option in (1, 2, 3) if option in prices)
    lines = [prices[option][1] if option in prices else None for option in (4, 6)]
    number = MONEYLINES[three_way].index(odds)
    return name, about | {"prices": groups(three_way, number, *lines)}


@contextmanager
def desks() -> Iterator[list[ThreadPoolExecutor]]:
    """Threads, each with a connection of its own that it keeps."""
    pools = [ThreadPoolExecutor(1) for _ in range(DESKS)]
    try:
        yield pools
    finally:
        for pool in pools:
            pool.submit(connections.close_all).result()
            pool.shutdown()


@takes_its_time
@pytest.mark.django_db(transaction=True)
def test_whatever_happens_in_whatever_order_the_house_does_what_the_plain_book_does(trader):
    with desks() as pools:
        run_state_machine_as_test(
            lambda: Machine(trader, pools),
            settings=settings(
                max_examples=cases(12, 1000),
                stateful_step_count=cases(30, 80),
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert LedgerEntry.objects.exists()
