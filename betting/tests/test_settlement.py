"""Results, payouts and the books after them."""

import pytest
from django.db import connection, transaction

from betting import books, claims, errors, settlement
from betting.models import LedgerEntry, Order, Settlement
from betting.settlement import Result
from betting.tests.conftest import available
from conftest import ALL_GROUPS
from markets import services as market_services
from markets.errors import IllegalTransition
from markets.lifecycle import Event, MarketStatus
from markets.odds import Moneyline, Odds, Prices


@pytest.fixture
def settle(market, trader):
    def with_result(**changes):
        says = {name: changes.pop(name) for name in ("winning_option", "scores") if name in changes}
        wanted = {"market_id": market.pk, "actor": trader, "result": Result(**says)}
        return settlement.settle_market(**wanted | changes)

    return with_result


@pytest.fixture(autouse=True)
def _books_balance(db):
    yield
    with transaction.atomic():
        assert books.differences() == []
        assert sum(books.account_totals().values()) == 0


def test_winners_can_claim_and_losers_have_nothing(place, settle, market):
    won, lost = place(), place(option=2, stake=50, seen_odds=Odds(210))

    result, is_new = settle(winning_option=1)

    assert is_new
    won.refresh_from_db()
    lost.refresh_from_db()
    assert (won.state, won.result, won.payout, won.settlement_version) == ("settled", "WIN", 185, 1)
    assert (lost.state, lost.result, lost.payout) == ("settled", "LOSE", 0)
    assert (result.order_count, result.staked, result.paid_out) == (2, 150, 185)
    market.refresh_from_db()
    assert (market.status, market.winning_option, market.home_score) == ("settled", 1, None)
    assert books.account_totals() == {
        "claims": 185,
        "escrow": 0,
        "house": -35,
        "outside": -1000,
        "user": 850,
    }


def test_a_settlement_closes_a_market_that_still_trades(settle, market):
    settle(winning_option=2)
    statuses = market.updates.order_by("seq").values_list("status", flat=True)
    assert list(statuses) == ["active", "closed", "settled"]


def test_scores_alone_are_enough_for_every_option(place, settle, open_market):
    market = open_market(ALL_GROUPS)
    odds = {1: 185, 2: 210, 4: 192, 5: 188, 6: 190, 7: 190}
    for option, price in odds.items():
        place(market_id=market.pk, option=option, seen_odds=Odds(price))

    settle(market_id=market.pk, scores=(110, 107))

    results = dict(Order.objects.values_list("option", "result"))
    assert results == {1: "WIN", 2: "LOSE", 4: "PUSH", 5: "PUSH", 6: "LOSE", 7: "WIN"}
    payouts = dict(Order.objects.values_list("option", "payout"))
    assert payouts == {1: 185, 2: 0, 4: 100, 5: 100, 6: 0, 7: 190}


def test_a_tie_pushes_two_ways_and_pays_the_draw_three_ways(place, settle, open_market, market):
    pushed = place()
    three_way = open_market(Prices(moneyline=Moneyline(Odds(250), Odds(290), Odds(320))))
    lost = place(market_id=three_way.pk, seen_odds=Odds(250))
    won = place(market_id=three_way.pk, option=3, seen_odds=Odds(320))

    settle(scores=(1, 1))
    settle(market_id=three_way.pk, scores=(1, 1))

    results = {order.pk: (order.result, order.payout) for order in Order.objects.all()}
    assert results == {pushed.pk: ("PUSH", 100), lost.pk: ("LOSE", 0), won.pk: ("WIN", 320)}
    market.refresh_from_db()
    three_way.refresh_from_db()
    assert (market.winning_option, three_way.winning_option) == (None, 3)


def test_the_same_result_again_changes_nothing(place, settle):
    place()
    first, _ = settle(scores=(2, 1))
    before = LedgerEntry.objects.count()
    again, is_new = settle(scores=(2, 1), winning_option=1)
    assert (again, is_new) == (first, False)
    assert (LedgerEntry.objects.count(), Settlement.objects.count()) == (before, 1)


@pytest.mark.parametrize("other", [{"scores": (1, 2)}, {"scores": (3, 1)}, {"winning_option": 2}])
def test_another_result_is_refused(place, settle, other):
    place()
    settle(scores=(2, 1))
    with pytest.raises(errors.AlreadySettled) as refusal:
        settle(**other)
    assert refusal.value.details == {"winningOption": 1, "scores": [2, 1]}
    assert Settlement.objects.count() == 1


@pytest.mark.parametrize(
    ("result", "error"),
    [
        ({"winning_option": 2, "scores": (2, 1)}, errors.ContradictoryResult),
        ({"winning_option": 3}, errors.NoSuchOption),
        ({"winning_option": 4}, errors.NoSuchOption),
    ],
)
def test_a_result_that_cannot_be_is_refused_and_nothing_moves(place, settle, market, result, error):
    place()
    with pytest.raises(error):
        settle(**result)
    market.refresh_from_db()
    assert (market.status, market.seq) == ("active", 1)
    assert Order.objects.get().state == "accepted"


def test_spread_bets_need_the_scores(place, settle, open_market, alice):
    market = open_market(ALL_GROUPS)
    place(market_id=market.pk, option=4, seen_odds=Odds(192))
    with pytest.raises(errors.ScoresRequired):
        settle(market_id=market.pk, winning_option=1)
    market.refresh_from_db()
    assert market.status == "active"
    assert not Settlement.objects.exists()


def test_a_draft_has_no_result(settle, open_market):
    draft = open_market(status=MarketStatus.DRAFT)
    with pytest.raises(IllegalTransition):
        settle(market_id=draft.pk, winning_option=1)


def test_a_market_without_orders_settles(settle):
    result, _ = settle(winning_option=1)
    assert (result.order_count, result.staked, result.paid_out) == (0, 0, 0)


def test_settling_takes_the_same_statements_for_one_order_and_for_twenty(
    place, settle, open_market, django_assert_num_queries
):
    place(stake=1)
    many = open_market()
    for _ in range(20):
        place(market_id=many.pk, stake=1)
    with django_assert_num_queries(22) as one:
        settle(winning_option=1)
    with django_assert_num_queries(len(one)):
        settle(market_id=many.pk, winning_option=1)


def test_a_payout_is_claimed_once(place, settle, alice):
    order = place()
    settle(winning_option=1)

    claim = claims.claim(user=alice, order_id=order.pk)

    assert (claim.amount, claim.tx_hash) == (185, None)
    assert available(alice) == 1085
    order.refresh_from_db()
    assert order.state == "claimed"
    with pytest.raises(errors.AlreadyClaimed):
        claims.claim(user=alice, order_id=order.pk)
    assert available(alice) == 1085


def test_what_cannot_be_claimed(place, settle, alice, bob):
    won, lost = place(), place(option=2, seen_odds=Odds(210))
    with pytest.raises(errors.NotSettled):
        claims.claim(user=alice, order_id=won.pk)
    settle(winning_option=1)
    with pytest.raises(errors.NothingToClaim):
        claims.claim(user=alice, order_id=lost.pk)
    with pytest.raises(errors.NoSuchOrder):
        claims.claim(user=bob, order_id=won.pk)
    assert available(alice) == 800
    assert not LedgerEntry.objects.filter(cause="claim").exists()


def test_a_closed_market_settles_too(place, settle, market, trader):
    order = place()
    market_services.change_status(market_id=market.pk, event=Event.CLOSE, actor=trader, reason="x")
    settle(winning_option=2)
    order.refresh_from_db()
    assert order.result == "LOSE"


@pytest.mark.django_db(transaction=True)
def test_a_settlement_may_take_longer_than_a_statement_of_a_request(place, settle):
    place()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER dawdle BEFORE UPDATE ON betting_order"
            " FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )
        cursor.execute("SET statement_timeout = 200")
    try:
        assert settle(winning_option=1)[1] is True
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("200ms",)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
            cursor.execute("DROP TRIGGER dawdle ON betting_order")
            cursor.execute("DROP FUNCTION dawdle()")
