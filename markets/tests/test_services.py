"""Creating, pricing and changing markets: numbering, announcing, refusing."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import AdminAction
from conftest import ALL_GROUPS, TWO_WAY
from markets import errors, selectors, services
from markets.lifecycle import Event, MarketStatus
from markets.lines import Line
from markets.models import Market, OddsUpdate
from markets.odds import Moneyline, Odds, Prices, Total

ADMIN, FEED, IMPORT = OddsUpdate.Source.ADMIN, OddsUpdate.Source.FEED, OddsUpdate.Source.IMPORT


@pytest.fixture
def price(trader):
    """Price a market by hand: price(market, moneyline=(190, 205))."""

    def set_odds(market, *, source=ADMIN, reason="injury", force=False, **changes):
        groups = {
            name: Moneyline(*map(Odds, value)) if isinstance(value, tuple) else value
            for name, value in changes.items()
        }
        return services.set_odds(
            market_id=market.pk,
            changes=groups,
            actor=trader if source == ADMIN else None,
            source=source,
            reason=reason,
            force=force,
        )

    return set_odds


def present(market) -> Prices:
    market.refresh_from_db()
    return selectors.current_update(market).prices


def test_a_market_made_with_prices_has_seq_1_and_its_options(open_market):
    market = open_market(ALL_GROUPS)

    update = OddsUpdate.objects.get(market=market)
    assert (update.seq, update.prices, update.status) == (1, ALL_GROUPS, "active")
    assert list(market.options.order_by("number").values_list("number", "label")) == [
        (1, "Lakers"),
        (2, "Warriors"),
        (4, "Lakers"),
        (5, "Warriors"),
        (6, "Over"),
        (7, "Under"),
    ]


def test_a_market_made_without_prices_has_seq_0(open_market):
    market = open_market(Prices())
    assert market.seq == 0
    assert not OddsUpdate.objects.filter(market=market).exists()
    assert not market.options.exists()


def test_ids_are_ordered_by_time_and_safe_in_javascript(open_market):
    ids = [open_market().pk for _ in range(5)]
    assert ids == sorted(set(ids))
    assert ids[-1] < 2**53


def test_prices_that_lose_money_make_no_market(open_market):
    with pytest.raises(errors.NegativeMargin) as refusal:
        open_market(Prices(moneyline=Moneyline(Odds(210), Odds(210))))
    assert refusal.value.details == {"group": "moneyline", "overround": "-0.0476"}
    assert not Market.objects.exists()


def test_new_odds_get_the_next_seq_and_are_announced_after_commit(
    market, price, announced, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        update = price(market, moneyline=(190, 205))
        assert announced == []

    assert update.seq == 2
    assert announced == [(market.pk, 2)]
    assert present(market).moneyline == Moneyline(Odds(190), Odds(205))
    action = AdminAction.objects.get(action="market.odds")
    assert action.reason == "injury"
    assert action.before == {"home": "185", "away": "210"}
    assert action.after == {"home": "190", "away": "205", "seq": 2}


def test_an_absent_group_stays_and_none_takes_it_off(open_market, price):
    market = open_market(ALL_GROUPS)
    total = Total(Line.parse("220"), Odds(191), Odds(189))

    price(market, total=total, spread=None)

    assert present(market) == Prices(ALL_GROUPS.moneyline, None, total)


@pytest.mark.parametrize("event", [Event.CLOSE, Event.SUSPEND])
def test_only_a_market_that_may_still_trade_is_priced(market, price, trader, event):
    services.change_status(market_id=market.pk, event=event, actor=trader, reason="test")

    if event == Event.SUSPEND:
        assert price(market, moneyline=(190, 205)).seq == 3
    else:
        with pytest.raises(errors.MarketNotOpen):
            price(market, moneyline=(190, 205))
        assert present(market).moneyline == Moneyline(Odds(185), Odds(210))
        assert market.seq == 2


def test_a_negative_margin_is_refused_and_nothing_moves(market, price):
    with pytest.raises(errors.NegativeMargin):
        price(market, moneyline=(220, 220))
    assert present(market) == TWO_WAY
    assert not AdminAction.objects.filter(action="market.odds").exists()


def test_a_far_move_needs_force_and_a_reason(market, price):
    with pytest.raises(errors.FarMove) as refusal:
        price(market, moneyline=(140, 300))
    assert refusal.value.details == {"moves": ["moneyline away 2.10 → 3.00"]}
    with pytest.raises(errors.FarMove):
        price(market, moneyline=(140, 300), force=True, reason="")
    assert present(market) == TWO_WAY

    assert price(market, moneyline=(130, 340), force=True).seq == 2


def test_a_moneyline_neither_gains_nor_loses_its_draw(market, open_market, price):
    with pytest.raises(errors.WaysAreFixed):
        price(market, moneyline=(200, 300, 350), force=True)
    three_way = open_market(Prices(moneyline=Moneyline(Odds(250), Odds(290), Odds(320))))
    with pytest.raises(errors.WaysAreFixed):
        price(three_way, moneyline=(250, 160), force=True)
    assert market.options.count() == 2
    assert three_way.options.count() == 3


def test_a_feed_that_repeats_the_prices_changes_nothing(market, price):
    assert price(market, source=FEED, moneyline=(185, 210)) is None
    assert present(market) == TWO_WAY
    assert market.seq == 1


def test_an_operator_who_repeats_the_prices_still_makes_an_update(market, price):
    assert price(market, moneyline=(185, 210)).seq == 2


@pytest.mark.parametrize("source", [FEED, IMPORT])
def test_an_override_pins_the_market_against_feeds_until_released(market, price, trader, source):
    price(market, moneyline=(190, 205))
    with pytest.raises(errors.MarketPinned):
        price(market, source=source, moneyline=(195, 200))
    assert present(market).moneyline == Moneyline(Odds(190), Odds(205))

    services.release_odds(market_id=market.pk, actor=trader, reason="news is out")
    assert price(market, source=source, moneyline=(195, 200)).seq == 3


def test_each_change_of_state_takes_a_seq_and_is_audited(
    market, trader, announced, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        for event in (Event.SUSPEND, Event.RESUME, Event.CLOSE):
            services.change_status(market_id=market.pk, event=event, actor=trader, reason="why")

    updates = OddsUpdate.objects.filter(market=market).order_by("seq")
    assert [(update.seq, update.status) for update in updates] == [
        (1, "active"),
        (2, "suspended"),
        (3, "active"),
        (4, "closed"),
    ]
    assert {update.prices for update in updates} == {TWO_WAY}
    assert [entry for entry in announced if isinstance(entry[1], str)] == [
        (market.pk, "updated"),
        (market.pk, "updated"),
        (market.pk, "closed"),
    ]
    assert AdminAction.objects.filter(reason="why", actor=trader).count() == 3


def test_an_illegal_step_is_refused_with_the_legal_ones(market, trader):
    with pytest.raises(errors.IllegalTransition) as refusal:
        services.change_status(market_id=market.pk, event=Event.RESUME, actor=trader, reason="x")
    assert refusal.value.details == {
        "event": "resume",
        "status": "active",
        "possible": ["suspend", "close", "void"],
    }
    market.refresh_from_db()
    assert (market.status, market.seq) == ("active", 1)


def test_a_draft_opens_only_with_prices(open_market, trader, price):
    draft = open_market(Prices(), status=MarketStatus.DRAFT)
    with pytest.raises(errors.NotPriced):
        services.change_status(market_id=draft.pk, event=Event.OPEN, actor=trader, reason="go")
    price(draft, moneyline=(185, 210))
    opened = services.change_status(market_id=draft.pk, event=Event.OPEN, actor=trader, reason="go")
    assert opened.status == "active"


def test_a_market_does_not_resume_after_its_start(open_market, trader):
    market = open_market(start_time=datetime.now(tz=UTC) - timedelta(seconds=1))
    services.change_status(market_id=market.pk, event=Event.SUSPEND, actor=trader, reason="x")
    with pytest.raises(errors.StartHasPassed):
        services.change_status(market_id=market.pk, event=Event.RESUME, actor=trader, reason="x")
    market.refresh_from_db()
    assert market.status == "suspended"


def test_a_new_start_takes_a_seq_and_a_new_description_does_not(market, trader):
    later = market.start_time + timedelta(hours=2)
    services.update_market(market_id=market.pk, actor=trader, reason="rain", start_time=later)
    services.update_market(market_id=market.pk, actor=trader, reason="typo", description="final")
    market.refresh_from_db()
    assert (market.seq, market.start_time, market.description) == (2, later, "final")
    assert OddsUpdate.objects.get(market=market, seq=2).start_time == later


def test_an_update_that_changes_nothing_leaves_no_trace(market, trader):
    services.update_market(
        market_id=market.pk,
        actor=trader,
        reason="again",
        status=MarketStatus.ACTIVE,
        start_time=market.start_time,
    )
    market.refresh_from_db()
    assert market.seq == 1
    assert not AdminAction.objects.filter(reason="again").exists()


def test_a_refused_state_takes_the_rest_of_the_update_back(market, trader):
    with pytest.raises(errors.IllegalTransition):
        services.update_market(
            market_id=market.pk,
            actor=trader,
            reason="x",
            status=MarketStatus.SETTLED,
            description="gone",
        )
    market.refresh_from_db()
    assert market.description == ""


@pytest.mark.django_db(transaction=True)
def test_what_is_due_is_closed_by_the_databases_clock(open_market):
    past = datetime.now(tz=UTC) - timedelta(seconds=1)
    due, live, future = (
        open_market(start_time=past),
        open_market(start_time=past, live=True),
        open_market(),
    )

    assert services.close_due() == [due.pk]
    assert services.close_due() == []

    states = [Market.objects.get(pk=market.pk).status for market in (due, live, future)]
    assert states == ["closed", "active", "active"]
    assert AdminAction.objects.get(action="market.close").actor is None


def test_a_market_that_is_not_there_is_refused_by_name(trader, db):
    with pytest.raises(errors.NoSuchMarket):
        services.change_status(market_id=1, event=Event.CLOSE, actor=trader, reason="x")
