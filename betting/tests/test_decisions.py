"""What a preview shows, that it comes true, and that nothing else is ever done in its name."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AdminAction
from betting import claims, corrections, decisions, errors, services, settlement
from betting.decisions import Decision, Kind
from betting.grades import Totals
from betting.models import Balance, LedgerEntry, Order, Settlement
from betting.settlement import Result
from betting.tests.conftest import available, past_the_triggers
from conftest import ALL_GROUPS
from markets import services as market_services
from markets.errors import IllegalTransition, NoSuchMarket
from markets.lifecycle import Event
from markets.odds import Odds

pytestmark = pytest.mark.usefixtures("balanced_books")

HOME, AWAY = Result(1), Result(2)
LATER = datetime(2030, 1, 1, 12, tzinfo=UTC)
SETTLE_HOME = Decision(Kind.SETTLE, HOME)
ALL = [
    SETTLE_HOME,
    Decision(Kind.SETTLE, Result(2, (1, 2))),
    Decision(Kind.VOID),
    Decision(Kind.VOID_SINCE, since=LATER),
    Decision(Kind.VOID_ORDER, order_id=7),
    Decision(Kind.ROLLBACK),
    Decision(Kind.RESETTLE, Result(scores=(0, 0))),
    Decision(Kind.RESETTLE),
]


@pytest.fixture
def show(market):
    def preview(kind, result=None, **about):
        return decisions.preview(market_id=market.pk, decision=Decision(kind, result, **about))

    return preview


@pytest.fixture
def settled(market, trader):
    def settle(result=HOME):
        settlement.settle_market(market_id=market.pk, actor=trader, result=result)

    return settle


def everything():
    """Whatever a decision could change."""
    tables = [Order, LedgerEntry, Settlement, AdminAction, Balance]
    return [list(table.objects.order_by("pk").values()) for table in tables]


def row(option, result, orders, staked, payout):
    return {
        "option": option,
        "result": result,
        "orders": orders,
        "staked": staked,
        "payout": payout,
    }


@pytest.mark.parametrize("decision", ALL, ids=lambda decision: decision.kind)
def test_a_decision_is_kept_as_json(decision):
    assert Decision.of_terms(decision.terms) == decision


def test_every_decision_and_every_moment_has_a_digest_of_its_own(place, market, settled):
    place()
    possible = ALL[:4]
    before = {decisions.preview(market_id=market.pk, decision=each).digest for each in possible}
    again = {decisions.preview(market_id=market.pk, decision=each).digest for each in possible}
    assert before == again
    assert len(before) == 4
    assert all(len(digest) == 64 for digest in before)
    place()
    after = {decisions.preview(market_id=market.pk, decision=each).digest for each in possible[:3]}
    assert not before & after


def test_a_settlement_does_what_its_preview_shows(place, show, confirm):
    place()
    place(option=2, seen_odds=Odds(210))
    place(option=2, stake=7, seen_odds=Odds(210))

    shown = show(Kind.SETTLE, AWAY)
    done, is_new = confirm(shown)

    assert shown.effect.rows == [row(1, "LOSE", 1, 100, 0), row(2, "WIN", 2, 107, 224)]
    assert (shown.status, shown.version, shown.effect.is_new, is_new) == ("active", 0, True, True)
    assert shown.totals == Totals(done.order_count, done.staked, done.paid_out)
    assert shown.totals.profit == 207 - 224


def test_a_void_does_what_its_preview_shows(place, show, confirm, market):
    place()
    shown = show(Kind.VOID)
    assert shown.effect.rows == [row(1, "VOID", 1, 100, 100)]
    done, _ = confirm(shown)
    assert (done.kind, done.paid_out) == ("void", 100)
    again = show(Kind.VOID)
    assert (again.effect.is_new, again.effect.rows, again.status) == (False, [], "cancelled")
    assert confirm(again) == (done, False)


def test_only_the_orders_since_a_moment_are_shown_and_voided(place, show, confirm):
    early, late = place(), place(stake=30)
    moment = datetime.now(tz=UTC)
    with past_the_triggers():
        Order.objects.filter(pk=early.pk).update(placed_at=moment - timedelta(minutes=1))

    shown = show(Kind.VOID_SINCE, since=moment - timedelta(seconds=30))
    done, is_new = confirm(shown)

    assert shown.effect.rows == [row(1, "VOID", 1, 30, 30)]
    assert (done.order_count, is_new) == (1, True)
    late.refresh_from_db()
    assert late.result == "VOID"
    nothing = show(Kind.VOID_SINCE, since=moment - timedelta(seconds=30))
    assert (nothing.effect.is_new, confirm(nothing)) == (False, (None, False))


def test_one_order_is_shown_and_voided(place, show, confirm, open_market):
    order, other = place(stake=30), place(market_id=open_market().pk)
    shown = show(Kind.VOID_ORDER, order_id=order.pk)
    assert shown.effect.rows == [row(1, "VOID", 1, 30, 30)]
    assert confirm(shown)[1] is True
    again = show(Kind.VOID_ORDER, order_id=order.pk)
    assert (again.effect.is_new, confirm(again)) == (False, (None, False))
    with pytest.raises(errors.NoSuchOrder):
        show(Kind.VOID_ORDER, order_id=other.pk)
    with pytest.raises(errors.NoSuchOrder):
        decisions.voiding_order(4711)


def test_a_rollback_shows_what_it_takes_back(place, show, confirm, settled):
    place()
    place(option=2, seen_odds=Odds(210))
    settled()

    shown = show(Kind.ROLLBACK)
    done, _ = confirm(shown)

    assert shown.effect.before == [row(1, "WIN", 1, 100, 185), row(2, "LOSE", 1, 100, 0)]
    assert (shown.effect.rows, shown.totals_before.profit) == ([], 15)
    assert (done.kind, done.order_count, done.staked) == ("rollback", 2, 200)
    assert show(Kind.ROLLBACK).effect.is_new is False


def test_a_resettlement_shows_whose_balance_gains_loses_and_owes(
    place, show, confirm, settled, alice, people
):
    bettor, winner = people(2, each=100)
    about = {"actor": None, "reason": "a test"}
    place(stake=1000)
    place(user=bettor)
    place(user=winner, option=2, seen_odds=Odds(210))
    settled()
    for user in (alice, bettor):
        claims.claim_all(user=user)
    services.debit(user=alice, amount=1800, **about)

    shown = show(Kind.RESETTLE, AWAY)
    before = dict(Balance.objects.values_list("user_id", "available"))
    confirm(shown)

    assert shown.effect.before == [row(1, "WIN", 2, 1100, 2035), row(2, "LOSE", 1, 100, 0)]
    assert shown.effect.rows == [row(1, "LOSE", 2, 1100, 0), row(2, "WIN", 1, 100, 210)]
    assert shown.effect.adjustments == corrections.Adjustments(
        gaining=0, gained=0, losing=2, lost=2035, owing=1, owed=1800, debtors=[(alice.pk, 1800)]
    )
    assert Balance.objects.get(user=alice).receivable == 1800
    taken = before[bettor.pk] - Balance.objects.get(user=bettor).available
    assert (taken, available(alice)) == (185, 0)


def test_a_resettlement_that_pays_more_shows_who_gains(place, show, confirm, settled, alice):
    place(option=2, seen_odds=Odds(210))
    settled(AWAY)
    claims.claim_all(user=alice)
    confirm(show(Kind.RESETTLE, HOME))

    shown = show(Kind.RESETTLE, AWAY)
    confirm(shown)

    gained = shown.effect.adjustments
    assert (gained.gaining, gained.gained, gained.losing, gained.debtors) == (1, 210, 0, [])
    assert available(alice) == 900 + 210


def test_a_market_resettled_as_void_shows_every_stake(place, show, confirm, settled):
    place()
    settled()
    shown = show(Kind.RESETTLE)
    assert shown.effect.rows == [row(1, "VOID", 1, 100, 100)]
    done, _ = confirm(shown)
    assert (done.kind, done.is_void) == ("resettle", True)


@pytest.mark.parametrize(
    ("change", "decision"),
    [
        ("bet", SETTLE_HOME),
        ("bet", Decision(Kind.VOID)),
        ("void", SETTLE_HOME),
        ("suspend", SETTLE_HOME),
        ("settle", SETTLE_HOME),
        ("settle another way", SETTLE_HOME),
        ("cancel", SETTLE_HOME),
        ("cancel", Decision(Kind.VOID)),
    ],
)
def test_whatever_changes_after_the_preview_nothing_is_done(
    place, market, trader, confirm, change, decision
):
    order = place()
    about = {"market_id": market.pk, "actor": trader, "reason": "meanwhile"}
    shown = decisions.preview(market_id=market.pk, decision=decision)
    happens = {
        "bet": place,
        "void": lambda: corrections.void_order(order_id=order.pk, actor=trader, reason="meanwhile"),
        "suspend": lambda: market_services.change_status(event=Event.SUSPEND, **about),
        "settle": lambda: settlement.settle_market(result=HOME, **about),
        "settle another way": lambda: settlement.settle_market(result=AWAY, **about),
        "cancel": lambda: corrections.void_market(**about),
    }
    happens[change]()
    before = everything()

    with pytest.raises(errors.PreviewChanged) as refusal:
        confirm(shown)

    assert refusal.value.details["marketId"] == market.pk
    assert everything() == before


def test_a_market_that_was_settled_and_rolled_back_is_not_as_it_was_shown(
    place, show, confirm, market, settled, trader
):
    about = {"market_id": market.pk, "actor": trader, "reason": "a test"}
    place()
    market_services.change_status(event=Event.CLOSE, **about)
    shown = show(Kind.SETTLE, HOME)
    settled(AWAY)
    corrections.rollback_market(**about)
    again = show(Kind.SETTLE, HOME)
    assert (again.status, again.effect) == (shown.status, shown.effect)
    with pytest.raises(errors.PreviewChanged):
        confirm(shown)
    assert Settlement.objects.count() == 2


def test_a_claim_after_the_preview_changes_a_resettlement(place, show, confirm, settled, alice):
    order = place()
    settled()
    to_resettle, to_roll_back = show(Kind.RESETTLE, AWAY), show(Kind.ROLLBACK)
    claims.claim(user=alice, order_id=order.pk)
    before = everything()
    with pytest.raises(errors.PreviewChanged):
        confirm(to_resettle)
    with pytest.raises(errors.PreviewChanged) as refusal:
        confirm(to_roll_back)
    assert refusal.value.details["because"] == "PAYOUTS_CLAIMED"
    assert everything() == before


def test_money_that_left_a_balance_after_the_preview_changes_who_would_owe(
    place, show, confirm, settled, alice, open_market
):
    place()
    settled()
    claims.claim_all(user=alice)
    shown = show(Kind.RESETTLE, AWAY)
    place(market_id=open_market().pk, stake=1000)
    with pytest.raises(errors.PreviewChanged):
        confirm(shown)
    assert (shown.effect.adjustments.owed, show(Kind.RESETTLE, AWAY).effect.adjustments.owed) == (
        0,
        100,
    )


def test_of_many_debtors_the_largest_are_named_and_all_are_counted(place, show, settled, people):
    users = people(corrections.DEBTORS_MAX + 2, each=100)
    for number, user in enumerate(users):
        place(user=user, stake=10 + number)
    settled()
    for user in users:
        claims.claim_all(user=user)
        services.debit(user=user, amount=available(user), actor=None, reason="away")

    shown = show(Kind.RESETTLE, AWAY).effect.adjustments

    debts = [(10 + number) * 185 // 100 for number in range(len(users))]
    assert (shown.owing, shown.owed) == (len(users), sum(debts))
    by_size = sorted(zip([user.pk for user in users], debts, strict=True), key=lambda row: -row[1])
    assert shown.debtors == by_size[: corrections.DEBTORS_MAX]


def test_what_would_be_refused_is_not_previewed(place, show, market, open_market, settled):
    order = place()
    with pytest.raises(errors.MarketNotSettled):
        show(Kind.ROLLBACK)
    with pytest.raises(errors.MarketNotSettled):
        show(Kind.RESETTLE, AWAY)
    with pytest.raises(errors.ContradictoryResult):
        show(Kind.SETTLE, Result(1, (0, 2)))
    settled()
    with pytest.raises(errors.AlreadySettled):
        show(Kind.SETTLE, AWAY)
    with pytest.raises(IllegalTransition):
        show(Kind.VOID)
    with pytest.raises(errors.OrderAlreadyGraded):
        show(Kind.VOID_ORDER, order_id=order.pk)
    with pytest.raises(NoSuchMarket):
        decisions.preview(market_id=4711, decision=SETTLE_HOME)
    with pytest.raises(NoSuchMarket):
        decisions.giving(market_id=4711, result=HOME)
    draft = open_market(status="draft")
    with pytest.raises(IllegalTransition):
        decisions.preview(market_id=draft.pk, decision=SETTLE_HOME)
    spreads = open_market(ALL_GROUPS)
    place(market_id=spreads.pk, option=4, seen_odds=Odds(192))
    with pytest.raises(errors.ScoresRequired):
        decisions.preview(market_id=spreads.pk, decision=SETTLE_HOME)


def test_the_same_result_again_shows_that_nothing_changes(place, show, confirm, settled):
    place()
    settled()
    shown = show(Kind.SETTLE, HOME)
    assert (shown.effect.is_new, shown.effect.rows) == (False, [row(1, "WIN", 1, 100, 185)])
    assert confirm(shown)[1] is False
    assert Settlement.objects.count() == 1


def test_only_what_would_not_be_refused_is_offered(place, market, open_market, settled, alice):
    waits = [Kind.VOID_ORDER, Kind.VOID_SINCE]
    draft = open_market(status="draft")
    assert decisions.possible(draft) == [Kind.VOID]
    assert decisions.possible(market) == [Kind.SETTLE, Kind.VOID]
    place()
    assert decisions.possible(market) == [Kind.SETTLE, *waits, Kind.VOID]
    settled()
    market.refresh_from_db()
    assert decisions.possible(market) == [Kind.RESETTLE, Kind.ROLLBACK]
    claims.claim_all(user=alice)
    assert decisions.possible(market) == [Kind.RESETTLE]


@pytest.mark.parametrize("kind", [Kind.SETTLE, Kind.VOID, Kind.RESETTLE, Kind.ROLLBACK])
def test_a_preview_takes_as_many_statements_however_many_orders(place, open_market, kind):
    result = {Kind.SETTLE: HOME, Kind.RESETTLE: AWAY}.get(kind)

    def statements(orders):
        market_id = open_market().pk
        for _ in range(orders):
            place(market_id=market_id, stake=1)
        if kind in {Kind.RESETTLE, Kind.ROLLBACK}:
            settlement.settle_market(market_id=market_id, result=HOME, actor=None)
        with CaptureQueriesContext(connection) as seen:
            decisions.preview(market_id=market_id, decision=Decision(kind, result))
        return len(seen)

    assert statements(1) == statements(20) <= 10
