"""Voids, rollbacks, resettlements: what they move and refuse, and that all is new rows."""

from datetime import UTC, datetime, timedelta

import pytest

from betting import books, claims, corrections, errors, services, settlement
from betting.models import Balance, LedgerEntry, Order, Settlement
from betting.settlement import Result
from betting.tests.conftest import available, past_the_triggers
from conftest import ALL_GROUPS
from kmarket.fields import AMOUNT_MAX
from markets.errors import IllegalTransition
from markets.models import OddsUpdate
from markets.odds import Odds

HOME, AWAY = Result(1), Result(2)


@pytest.fixture(autouse=True)
def _books_balance(db):
    yield
    assert books.differences() == []
    assert sum(books.account_totals().values()) == 0


@pytest.fixture
def about(market, trader):
    return {"market_id": market.pk, "actor": trader, "reason": "a test"}


def settle(about, result):
    return settlement.settle_market(**about, result=result)[0]


def resettle(about, result):
    return corrections.resettle_market(**about, result=result)


def shown(order):
    order.refresh_from_db()
    return order.state, order.result, order.payout


def test_a_void_market_gives_every_stake_back(place, alice, about, market):
    orders = [place(), place(option=2, seen_odds=Odds(210))]

    decision, is_new = corrections.void_market(**about)

    market.refresh_from_db()
    assert (is_new, market.status, market.winning_option) == (True, "cancelled", None)
    assert (decision.kind, decision.is_void, decision.paid_out) == ("void", True, 200)
    assert {shown(order) for order in orders} == {("settled", "VOID", 100)}
    assert sum(claim.amount for claim in claims.claim_all(user=alice)) == 200
    assert available(alice) == 1000


def test_voiding_again_changes_nothing_and_a_settled_market_is_not_voided(place, about):
    place()
    first, _ = corrections.void_market(**about)
    again, is_new = corrections.void_market(**about)
    assert (again, is_new) == (first, False)


def test_a_settled_market_is_resettled_and_not_voided(place, about):
    place()
    settle(about, HOME)
    with pytest.raises(IllegalTransition):
        corrections.void_market(**about)
    assert Settlement.objects.count() == 1


def test_late_bets_are_voided_and_the_market_goes_on(place, about, market):
    early = place()
    moment = datetime.now(tz=UTC)
    with past_the_triggers():
        Order.objects.filter(pk=early.pk).update(placed_at=moment - timedelta(seconds=1))
    late = place()

    decision = corrections.void_orders_since(**about, since=moment)

    assert (decision.kind, decision.order_count, decision.staked) == ("void_orders", 1, 100)
    assert shown(early) == ("accepted", None, None)
    assert shown(late) == ("settled", "VOID", 100)
    market.refresh_from_db()
    assert market.status == "active"
    assert corrections.void_orders_since(**about, since=moment) is None

    settle(about, HOME)
    assert shown(early) == ("settled", "WIN", 185)
    assert shown(late) == ("settled", "VOID", 100)


def test_one_order_is_voided(place, alice, trader, about):
    order, other = place(), place()
    done = corrections.void_order(order_id=order.pk, actor=trader, reason="typo")
    assert (done.order_count, shown(order), shown(other)[0]) == (
        1,
        ("settled", "VOID", 100),
        "accepted",
    )
    assert corrections.void_order(order_id=order.pk, actor=trader, reason="typo") is None
    settle(about, AWAY)
    with pytest.raises(errors.OrderAlreadyGraded):
        corrections.void_order(order_id=other.pk, actor=trader, reason="typo")
    with pytest.raises(errors.NoSuchOrder):
        corrections.void_order(order_id=4711, actor=trader, reason="typo")
    assert claims.claim(user=alice, order_id=order.pk).amount == 100


def test_a_rollback_takes_the_result_back_by_new_entries(place, about, market):
    won, lost = place(), place(option=2, seen_odds=Odds(210))
    settled = settle(about, HOME)
    before = list(LedgerEntry.objects.filter(settlement=settled).order_by("pk"))

    decision, is_new = corrections.rollback_market(**about)

    assert is_new
    assert shown(won) == shown(lost) == ("accepted", None, None)
    market.refresh_from_db()
    assert (market.status, market.winning_option) == ("closed", None)
    reversals = LedgerEntry.objects.filter(settlement=decision).order_by("reverses_id")
    assert [(e.debit, e.credit, e.amount, e.reverses_id) for e in reversals] == [
        (entry.credit, entry.debit, entry.amount, entry.pk) for entry in before
    ]
    assert books.account_totals() == {
        "claims": 0,
        "escrow": 200,
        "house": 0,
        "outside": -1000,
        "user": 800,
    }
    assert corrections.rollback_market(**about) == (decision, False)


def test_after_a_rollback_another_result_may_come_and_be_taken_back_too(place, about):
    order = place()
    settle(about, HOME)
    corrections.rollback_market(**about)
    settle(about, AWAY)
    assert shown(order) == ("settled", "LOSE", 0)
    corrections.rollback_market(**about)
    settle(about, HOME)
    assert shown(order) == ("settled", "WIN", 185)
    kinds = Settlement.objects.order_by("version").values_list("kind", flat=True)
    assert list(kinds) == ["settle", "rollback", "settle", "rollback", "settle"]


def test_a_rollback_of_a_resettled_market_takes_both_back(place, about):
    order = place()
    settle(about, HOME)
    resettle(about, AWAY)
    corrections.rollback_market(**about)
    assert shown(order) == ("accepted", None, None)
    assert books.account_totals()["escrow"] == 100


def test_what_was_voided_alone_stays_void_in_a_rollback(place, about, trader):
    voided, order = place(), place()
    corrections.void_order(order_id=voided.pk, actor=trader, reason="typo")
    settle(about, HOME)
    corrections.rollback_market(**about)
    assert shown(voided) == ("settled", "VOID", 100)
    assert shown(order) == ("accepted", None, None)


def test_a_rollback_is_refused_once_somebody_claimed(place, alice, about, market):
    order = place()
    settle(about, HOME)
    claims.claim(user=alice, order_id=order.pk)
    with pytest.raises(errors.PayoutsClaimed):
        corrections.rollback_market(**about)
    market.refresh_from_db()
    assert (market.status, shown(order)) == ("settled", ("claimed", "WIN", 185))


def test_there_must_be_a_result_to_correct(place, about):
    place()
    with pytest.raises(errors.MarketNotSettled):
        corrections.rollback_market(**about)
    with pytest.raises(errors.MarketNotSettled):
        resettle(about, HOME)


def test_a_resettlement_replaces_payouts_that_wait(place, about, market):
    won, lost = place(), place(option=2, seen_odds=Odds(210))
    settle(about, HOME)

    decision, is_new = resettle(about, AWAY)

    assert (is_new, decision.version, decision.paid_out) == (True, 2, 210)
    assert shown(won) == ("settled", "LOSE", 0)
    assert shown(lost) == ("settled", "WIN", 210)
    market.refresh_from_db()
    assert (market.status, market.winning_option) == ("settled", 2)
    assert OddsUpdate.objects.filter(market=market).count() == 4
    assert resettle(about, AWAY) == (decision, False)


def test_a_resettlement_takes_back_what_was_claimed(place, alice, about):
    order = place()
    settle(about, HOME)
    claims.claim(user=alice, order_id=order.pk)
    assert available(alice) == 1085

    resettle(about, AWAY)

    assert available(alice) == 900
    assert shown(order) == ("claimed", "LOSE", 0)


def test_what_a_balance_cannot_give_back_is_owed_and_repaid_first(place, alice, about, open_market):
    order = place(stake=1000)
    settle(about, HOME)
    claims.claim(user=alice, order_id=order.pk)
    other = open_market()
    place(market_id=other.pk, stake=1800)
    assert available(alice) == 50

    resettle(about, AWAY)
    balance = Balance.objects.get(user=alice)
    assert (balance.available, balance.receivable) == (0, 1800)
    assert books.account_totals()["receivable"] == -1800

    services.credit(user=alice, amount=800, actor=None, reason="deposit")
    balance.refresh_from_db()
    assert (balance.available, balance.receivable) == (0, 1000)

    services.credit(user=alice, amount=1500, actor=None, reason="deposit")
    balance.refresh_from_db()
    assert (balance.available, balance.receivable) == (500, 0)


def test_a_correction_in_the_users_favour_repays_the_debt_first(place, alice, about):
    order = place(stake=1000)
    settle(about, HOME)
    claims.claim(user=alice, order_id=order.pk)
    services.debit(user=alice, amount=1850, actor=None, reason="withdrawal")
    resettle(about, AWAY)
    assert Balance.objects.get(user=alice).receivable == 1850

    resettle(about, HOME)

    balance = Balance.objects.get(user=alice)
    assert (balance.available, balance.receivable) == (0, 0)
    assert shown(order) == ("claimed", "WIN", 1850)


def test_a_settled_market_is_voided_by_resettling(place, alice, about, market):
    won, lost = place(), place(option=2, seen_odds=Odds(210))
    settle(about, HOME)
    claims.claim(user=alice, order_id=won.pk)

    decision, _ = resettle(about, None)

    assert decision.is_void
    assert shown(won) == ("claimed", "VOID", 100)
    assert shown(lost) == ("settled", "VOID", 100)
    assert available(alice) == 900
    market.refresh_from_db()
    assert (market.status, market.winning_option) == ("settled", None)


def test_resettling_needs_scores_where_lines_were_bet_on(place, about, open_market):
    market = open_market(ALL_GROUPS)
    place(market_id=market.pk, option=4, seen_odds=Odds(192))
    about["market_id"] = market.pk
    settle(about, Result(scores=(5, 1)))
    with pytest.raises(errors.ScoresRequired):
        resettle(about, AWAY)
    decision, _ = resettle(about, Result(scores=(3, 0)))
    assert Order.objects.get().result == "PUSH"
    assert decision.paid_out == 100


def test_a_correction_that_overfills_a_balance_is_refused_whole(place, alice, about):
    order = place()
    settle(about, HOME)
    resettle(about, None)
    claims.claim(user=alice, order_id=order.pk)
    room = AMOUNT_MAX - available(alice)
    services.credit(user=alice, amount=room, actor=None, reason="deposit")

    with pytest.raises(errors.BalanceTooLarge):
        resettle(about, HOME)

    assert shown(order) == ("claimed", "VOID", 100)
    assert available(alice) == AMOUNT_MAX
