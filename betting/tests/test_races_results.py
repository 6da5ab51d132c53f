"""Results, corrections and claims at one moment: each as if it were alone, in some order."""

from collections import Counter
from itertools import chain

import pytest

from betting import claims, corrections, errors, services, settlement
from betting.models import Balance, LedgerEntry, Order, OrderClaim, Settlement
from betting.settlement import Result
from betting.tests.conftest import available
from kmarket.tests.crowd import all_at_once, one_by_one, stopped_before, under_way
from markets.errors import IllegalTransition, MarketNotOpen
from markets.odds import Odds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("balanced_books")]

HOME, AWAY = Result(1), Result(2)
# The first statement of each that others could come before.
CLAIM_ROW = 'INSERT INTO "betting_orderclaim"'
DECISION_ROW = 'INSERT INTO "betting_settlement"'
GRADES = "UPDATE betting_order o SET"


@pytest.fixture
def about(market, trader):
    return {"market_id": market.pk, "actor": trader, "reason": "a test"}


@pytest.fixture
def settle(about):
    return lambda result=HOME: settlement.settle_market(**about, result=result)


@pytest.fixture
def resettle(about):
    return lambda result=AWAY: corrections.resettle_market(**about, result=result)


@pytest.fixture
def roll_back(about):
    return lambda: corrections.rollback_market(**about)


@pytest.fixture
def claim(alice):
    return lambda order: claims.claim(user=alice, order_id=order.pk)


def kinds(outcomes):
    return Counter(type(outcome).__name__ for outcome in outcomes)


def shown(order):
    order.refresh_from_db()
    return order.state, order.result, order.payout


def decisions():
    return list(Settlement.objects.order_by("version").values_list("kind", flat=True))


# --- Claims among themselves -----------------------------------------------------------------


def test_one_payout_claimed_by_sixteen_at_once_is_paid_once(place, settle, claim, alice):
    order = place()
    settle()

    happened = all_at_once(*[lambda: claim(order)] * 16)

    assert kinds(happened) == {"OrderClaim": 1, "AlreadyClaimed": 15}
    assert available(alice) == 1085
    assert LedgerEntry.objects.filter(cause="claim").count() == 1


def test_everything_claimed_twice_at_once_and_one_by_one_is_paid_once(place, settle, claim, alice):
    orders = [place(stake=10) for _ in range(30)]
    settle()

    def each():
        return one_by_one(lambda order=order: claim(order) for order in orders)

    def everything():
        return claims.claim_all(user=alice)

    happened = list(chain(*all_at_once(everything, each, everything, each)))

    assert set(kinds(happened)) == {"OrderClaim", "AlreadyClaimed"}
    assert kinds(happened)["OrderClaim"] == 30
    assert OrderClaim.objects.count() == 30
    assert available(alice) == 1000 - 300 + 30 * 18


def test_claims_bets_credits_and_debits_of_one_user_lose_nothing(place, settle, alice, open_market):
    won = [place(stake=10) for _ in range(10)]
    settle()
    other = open_market()
    about = {"user": alice, "actor": None, "reason": "test"}

    def claim_each():
        return one_by_one(
            lambda order=order: claims.claim(user=alice, order_id=order.pk) for order in won
        )

    def bet():
        return one_by_one([lambda: place(market_id=other.pk, stake=7)] * 10)

    def deposit_and_withdraw():
        return one_by_one(
            [
                lambda: services.credit(**about, amount=100),
                lambda: services.debit(**about, amount=3),
            ]
            * 5
        )

    happened = list(chain(*all_at_once(claim_each, bet, deposit_and_withdraw)))

    assert kinds(happened) == {"OrderClaim": 10, "Order": 10, "int": 10}
    assert available(alice) == 1000 - 100 + 10 * 18 - 10 * 7 + 5 * (100 - 3)


# --- Results among themselves ----------------------------------------------------------------


def test_the_same_result_from_eight_at_once_settles_once(place, settle):
    order = place()

    happened = all_at_once(*[settle] * 8)

    assert len({decision.pk for decision, _ in happened}) == 1
    assert Counter(is_new for _, is_new in happened) == {True: 1, False: 7}
    assert shown(order) == ("settled", "WIN", 185)
    assert LedgerEntry.objects.filter(cause="settlement").count() == 2


def test_two_results_at_once_leave_one(place, settle, market):
    place()
    place(option=2, seen_odds=Odds(210))

    happened = all_at_once(*[lambda: settle(HOME), lambda: settle(AWAY)] * 4)

    (refusal,) = {type(each) for each in happened if isinstance(each, errors.AlreadySettled)}
    assert refusal is errors.AlreadySettled
    market.refresh_from_db()
    decision = Settlement.objects.get()
    assert market.winning_option == decision.winning_option
    assert decision.paid_out == {1: 185, 2: 210}[decision.winning_option]
    results = dict(Order.objects.values_list("option", "result"))
    assert results == {
        decision.winning_option: "WIN",
        3 - decision.winning_option: "LOSE",
    }


def test_a_market_is_settled_or_voided_and_never_both(place, settle, about):
    order = place()

    happened = all_at_once(settle, lambda: corrections.void_market(**about))

    assert kinds(happened) == {"tuple": 1, "IllegalTransition": 1}
    assert (decisions(), shown(order)) in [
        (["settle"], ("settled", "WIN", 185)),
        (["void"], ("settled", "VOID", 100)),
    ]


def test_two_resettlements_at_once_come_one_after_the_other(place, settle, resettle, claim, alice):
    claimed, waiting = place(), place()
    settle()
    claim(claimed)

    happened = all_at_once(lambda: resettle(AWAY), lambda: resettle(None))

    assert kinds(happened) == {"tuple": 2}
    assert decisions() == ["settle", "resettle", "resettle"]
    last = Settlement.objects.get(version=3)
    result, payout = ("VOID", 100) if last.is_void else ("LOSE", 0)
    assert (shown(claimed), shown(waiting)) == (
        ("claimed", result, payout),
        ("settled", result, payout),
    )
    # 800 after both bets; the claimed one now pays this.
    assert available(alice) == 800 + payout


def test_the_same_resettlement_from_eight_at_once_happens_once(place, settle, resettle, claim):
    order = place()
    settle()
    claim(order)

    happened = all_at_once(*[resettle] * 8)

    assert Counter(is_new for _, is_new in happened) == {True: 1, False: 7}
    assert decisions() == ["settle", "resettle"]


def test_eight_rollbacks_at_once_take_a_result_back_once(place, settle, roll_back):
    order = place()
    settle()

    happened = all_at_once(*[roll_back] * 8)

    assert Counter(is_new for _, is_new in happened) == {True: 1, False: 7}
    assert (decisions(), shown(order)) == (["settle", "rollback"], ("accepted", None, None))


def test_one_order_voided_by_eight_at_once_is_voided_once(place, trader):
    order = place()

    happened = all_at_once(
        *[lambda: corrections.void_order(order_id=order.pk, actor=trader, reason="typo")] * 8
    )

    assert kinds(happened) == {"Settlement": 1, "NoneType": 7}
    assert (decisions(), shown(order)) == (["void_orders"], ("settled", "VOID", 100))


def test_resettlements_of_many_markets_at_once_adjust_one_balance(
    place, open_market, trader, alice, bob
):
    services.credit(user=bob, amount=1000, actor=None, reason="to begin with")
    markets = [open_market() for _ in range(6)]
    about = {"actor": trader, "reason": "a test"}
    for number, market in enumerate(markets):
        # In turn, so that no two markets have their users in the same order.
        for user in ([alice, bob], [bob, alice])[number % 2]:
            place(user=user, market_id=market.pk)
        settlement.settle_market(**about, market_id=market.pk, result=HOME)
    for user in (alice, bob):
        assert len(claims.claim_all(user=user)) == 6
        services.debit(user=user, amount=1010, actor=None, reason="withdrawal")

    def correct(market):
        return corrections.resettle_market(**about, market_id=market.pk, result=AWAY)

    happened = all_at_once(*[lambda market=market: correct(market) for market in markets])

    assert kinds(happened) == {"tuple": 6}
    # 1000 - 600 + 1110 - 1010 = 500, of which 1110 is taken back.
    for balance in Balance.objects.filter(user__in=[alice, bob]):
        assert (balance.available, balance.receivable) == (0, 610)


# --- Claims and results ----------------------------------------------------------------------


def test_a_resettlement_waits_for_the_claim_under_way_and_adjusts_it(
    place, settle, resettle, claim, alice
):
    order = place()
    settle()

    with (
        stopped_before(CLAIM_ROW, lambda: claim(order)) as claimed,
        under_way(resettle) as resettled,
    ):
        assert claimed().amount == 185
        resettled()

    assert shown(order) == ("claimed", "LOSE", 0)
    assert available(alice) == 900


@pytest.mark.parametrize("result", [AWAY, None])
def test_a_claim_waits_for_the_resettlement_under_way_and_gets_what_it_says(
    place, settle, resettle, claim, alice, result
):
    order = place()
    settle()

    with (
        stopped_before(DECISION_ROW, lambda: resettle(result)) as resettled,
        under_way(lambda: claim(order)) as claimed,
    ):
        resettled()
        paid = claimed()

    if result is None:
        assert (paid.amount, available(alice)) == (100, 1000)
    else:
        assert isinstance(paid, errors.NothingToClaim)
        assert available(alice) == 900


def test_a_rollback_waits_for_the_claim_under_way_and_is_refused(
    place, settle, roll_back, claim, alice
):
    order = place()
    settle()

    with (
        stopped_before(CLAIM_ROW, lambda: claim(order)) as claimed,
        under_way(roll_back) as rolled_back,
    ):
        claimed()
        refusal = rolled_back()

    assert isinstance(refusal, errors.PayoutsClaimed)
    assert (shown(order), available(alice)) == (("claimed", "WIN", 185), 1085)


def test_a_claim_waits_for_the_rollback_under_way_and_is_refused(
    place, settle, roll_back, claim, alice
):
    order = place()
    settle()

    with (
        stopped_before(DECISION_ROW, roll_back) as rolled_back,
        under_way(lambda: claim(order)) as claimed,
    ):
        rolled_back()
        refusal = claimed()

    assert isinstance(refusal, errors.NotSettled)
    assert (shown(order), available(alice)) == (("accepted", None, None), 900)


def test_all_is_claimed_as_the_resettlement_left_it_that_came_while_it_waited(
    place, settle, resettle, alice
):
    was_won, was_lost = place(), place(option=2, seen_odds=Odds(210))
    settle()

    with (
        stopped_before(DECISION_ROW, resettle) as resettled,
        under_way(lambda: claims.claim_all(user=alice)) as claimed,
    ):
        resettled()
        paid = claimed()

    assert [claim.order_id for claim in paid] == [was_lost.pk]
    assert shown(was_won) == ("settled", "LOSE", 0)
    assert available(alice) == 800 + 210


def test_a_bet_waits_for_the_result_under_way_and_is_refused(place, settle, alice):
    place()

    with stopped_before(GRADES, settle) as settled, under_way(place) as bet:
        decision, _ = settled()
        refusal = bet()

    assert isinstance(refusal, MarketNotOpen)
    assert refusal.details == {"status": "settled"}
    assert (decision.order_count, Order.objects.count(), available(alice)) == (1, 1, 900)


def test_a_resettlement_takes_what_is_left_by_the_bet_that_it_waited_for(
    place, settle, resettle, claim, alice, open_market
):
    order = place(stake=1000)
    settle()
    claim(order)
    other = open_market()

    def bet():
        return place(market_id=other.pk, stake=1800)

    with (
        stopped_before("INSERT INTO betting_order", bet) as placed,
        under_way(resettle) as resettled,
    ):
        placed()
        resettled()

    balance = Balance.objects.get(user=alice)
    assert (balance.available, balance.receivable) == (0, 1800)


def test_a_bet_spends_only_what_the_resettlement_under_way_leaves(
    place, settle, resettle, claim, alice, open_market
):
    order = place(stake=1000)
    settle()
    claim(order)
    other = open_market()

    adjusting = stopped_before("INSERT INTO betting_ledgerentry", resettle)
    with adjusting as resettled, under_way(lambda: place(market_id=other.pk)) as bet:
        resettled()
        refusal = bet()

    assert isinstance(refusal, errors.InsufficientBalance)
    assert refusal.details == {"balance": "0"}
    balance = Balance.objects.get(user=alice)
    assert (balance.available, balance.receivable) == (0, 0)


def test_a_users_first_credit_repays_the_debt_that_came_while_it_was_under_way(
    place, settle, resettle, bob
):
    about = {"user": bob, "actor": None, "reason": "test"}

    def first_credit():
        return services.credit(**about, amount=100)

    with stopped_before("INSERT INTO betting_balance", first_credit) as credited:
        services.credit(**about, amount=1000)
        order = place(user=bob, stake=1000)
        settle()
        claims.claim(user=bob, order_id=order.pk)
        services.debit(**about, amount=1850)
        resettle()
        credited()

    balance = Balance.objects.get(user=bob)
    assert (balance.available, balance.receivable) == (0, 1750)


def test_a_voided_draft_takes_no_result(open_market, trader):
    draft = open_market(status="draft")
    about = {"market_id": draft.pk, "actor": trader, "reason": "test"}
    happened = all_at_once(
        lambda: settlement.settle_market(**about, result=HOME),
        lambda: corrections.void_market(**about),
    )
    assert kinds(happened) == {"IllegalTransition": 1, "tuple": 1}
    assert isinstance(happened[0], IllegalTransition)
    assert decisions() == ["void"]
