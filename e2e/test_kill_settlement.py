"""A settlement killed in its middle leaves everything as it was, and then happens once.

The moment is certain: a trigger stops the settlement at one of its statements, by a lock that the
test holds, and only then the process is killed.
"""

import pytest
from django.db import transaction

from betting import books
from betting.models import LedgerEntry, Order, Settlement
from betting.tests import bulk
from betting.tests.bulk import Bet
from e2e.stopping import AT_THE_COMMIT, contents, stopped, stopping
from kmarket.tests import elsewhere
from kmarket.tests.processes import eventually
from kmarket.tests.proof import cases, takes_its_time

ORDERS = cases(20_000, 300_000)
STAKES = [1, 7, 999, 10**18 + 1]

# What the settlement is about to do when it is killed: a trigger, and what it waits for.
MOMENTS = {
    "nothing yet but the market's new state": (
        "BEFORE UPDATE ON betting_order FOR EACH STATEMENT",
        None,
    ),
    "the second half of the orders": (
        "BEFORE UPDATE ON betting_order FOR EACH ROW",
        "NEW.id = {middle}",
    ),
    "its own row, all orders graded": (
        "BEFORE INSERT ON betting_settlement FOR EACH ROW",
        None,
    ),
    "the first of its entries": ("BEFORE INSERT ON betting_ledgerentry FOR EACH ROW", None),
    "the last of its entries": (
        "BEFORE INSERT ON betting_ledgerentry FOR EACH ROW",
        "NEW.credit = 'claims'",
    ),
}
COMMIT = f"AFTER INSERT ON betting_settlement {AT_THE_COMMIT}"


def everything() -> list[tuple]:
    """All that a settlement touches."""
    return contents(
        *("betting_order", "betting_ledgerentry", "betting_settlement", "betting_balance"),
        *("betting_orderclaim", "markets_market", "markets_oddsupdate", "accounts_adminaction"),
    )


def kill_when_stopped(market) -> None:
    process = settle(market)
    eventually(lambda: stopped() or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()


def settle(market):
    return elsewhere.manage("settle_market", str(market.pk), "--home", "2", "--away", "1")


def balance():
    with transaction.atomic():
        return books.differences() == [] and sum(books.account_totals().values()) == 0


@pytest.fixture
def orders(market, alice, bob):
    """Tens of thousands of orders, half of which win."""
    return bulk.store(
        [
            Bet(
                user_id=(alice.pk, bob.pk)[number % 3 // 2],
                market_id=market.pk,
                option=1 + number % 2,
                line_q=None,
                three_way=False,
                stake=STAKES[number % len(STAKES)],
                odds=(185, 210)[number % 2],
            )
            for number in range(ORDERS)
        ]
    )


def settled_once(market, orders) -> None:
    """The market has its result, each order its payout, and nothing twice."""
    market.refresh_from_db()
    assert (market.status, market.home_score, market.away_score) == ("settled", 2, 1)
    decision = Settlement.objects.get()
    assert decision.order_count == len(orders)
    due = {
        order_id: STAKES[number % len(STAKES)] * 185 // 100 if number % 2 == 0 else 0
        for number, order_id in enumerate(orders)
    }
    assert dict(Order.objects.values_list("pk", "payout")) == due
    assert decision.paid_out == sum(due.values())
    entries = LedgerEntry.objects.filter(settlement=decision)
    assert sum(e.amount for e in entries if e.credit == "claims") == decision.paid_out
    assert balance()


@takes_its_time
@pytest.mark.django_db(transaction=True)
def test_what_is_killed_in_the_middle_never_happened_and_then_happens_once(market, orders):
    before, middle = everything(), orders[len(orders) // 2]
    for moment, (when, condition) in MOMENTS.items():
        with stopping(when, condition and condition.format(middle=middle)):
            kill_when_stopped(market)
        assert everything() == before, moment
        assert balance(), moment

    process = settle(market)
    said, complaints = process.communicate()
    assert process.returncode == 0, complaints
    assert said.startswith("Settled")
    settled_once(market, orders)


@takes_its_time
@pytest.mark.django_db(transaction=True)
def test_what_is_killed_while_it_commits_has_happened_and_is_not_repeated(market, orders):
    with stopping(COMMIT, None, constraint="CONSTRAINT"):
        before = everything()
        kill_when_stopped(market)
        # Nobody sees anything of it before the commit is done.
        assert everything() == before

    # The database was told to commit before the process died.
    settled_once(market, orders)
    after = everything()
    process = settle(market)
    said, complaints = process.communicate()
    assert process.returncode == 0, complaints
    assert everything() == after, said
