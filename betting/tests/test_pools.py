"""A pool is the chain's: whoever else prices, ends or bets on it is refused, at every door."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AdminAction
from betting import corrections, decisions, services, settlement
from betting.decisions import Decision, Kind
from betting.models import Order, Proposal
from betting.settlement import Result
from kmarket.api_fields import epoch_ms
from kmarket.tests.crowd import outcome
from markets import bulk, feed_rows, imports, limits
from markets import services as market_services
from markets.errors import ChainDecides
from markets.imports import Imported, Outcome, Wanted
from markets.lifecycle import Event, MarketStatus
from markets.matches import Match
from markets.models import HeldPrice, Market
from markets.odds import Moneyline, Odds, Prices

JSON = "application/json"
MONEYLINE = Moneyline(Odds(185), Odds(210))
LATER = datetime.now(tz=UTC) + timedelta(days=3)
WITH_SCORE = {"home_score": 1, "away_score": 0}


@pytest.fixture
def pool(open_pool):
    return open_pool()


@pytest.fixture(autouse=True)
def _untouched(pool):
    """Whatever is tried: the pool is afterwards what it was."""

    def present():
        return Market.objects.values().get(pk=pool.pk), list(pool.updates.values())

    before = present()
    yield
    assert present() == before
    actions = AdminAction.objects.filter(target_id=str(pool.pk))
    assert not actions.exists()
    assert not Order.objects.exists()
    assert not Proposal.objects.exists()


OPERATORS = {
    "price it": partial(
        market_services.set_odds, changes={"moneyline": MONEYLINE}, source="admin", force=True
    ),
    "pin it": partial(market_services.set_odds, changes={}, source="admin"),
    "feed it": partial(
        market_services.set_odds, changes={"moneyline": MONEYLINE}, source="feed", force=True
    ),
    "release it": market_services.release_odds,
    **{
        f"{event} it": partial(market_services.change_status, event=event)
        for event in (Event.OPEN, Event.SUSPEND, Event.RESUME, Event.CLOSE)
    },
    "move its close": partial(market_services.update_market, start_time=LATER),
    "edit it": partial(market_services.edit_market, description="ours"),
    "put a state": partial(market_services.update_market, status=MarketStatus.CLOSED),
    "limit it": partial(limits.set_limits, limits={"stake_max": 1}, option_stake_max={}),
    "cap it": partial(services.set_market_limits, limits={"liability_cap": 1}),
    "settle it": partial(settlement.settle_market, result=Result(1)),
    "void it": corrections.void_market,
    "void its orders": partial(corrections.void_orders_since, since=LATER),
    "roll it back": corrections.rollback_market,
    "resettle it": partial(corrections.resettle_market, result=Result(2)),
    "resettle it as void": partial(corrections.resettle_market, result=None),
}


def test_no_operator_and_no_feed_changes_a_pool(pool, trader):
    about = {"market_id": pool.pk, "actor": trader, "reason": "because"}
    refused = {name: outcome(partial(do, **about)) for name, do in OPERATORS.items()}
    assert {name: type(one) for name, one in refused.items()} == dict.fromkeys(
        OPERATORS, ChainDecides
    )


DECISIONS = [
    Decision(Kind.SETTLE, Result(1)),
    Decision(Kind.VOID),
    Decision(Kind.VOID_SINCE, since=LATER),
    Decision(Kind.ROLLBACK),
    Decision(Kind.RESETTLE, Result(1)),
]


def test_no_decision_about_a_pool_is_shown_or_carried_out(pool, trader):
    assert decisions.possible(pool) == []
    for decision in DECISIONS:
        about = {"market_id": pool.pk, "decision": decision}
        with pytest.raises(ChainDecides):
            decisions.preview(**about)
        for previewed in (None, "0" * 64):
            with pytest.raises(ChainDecides):
                decisions.carry_out(**about, actor=trader, reason="x", previewed=previewed)


@pytest.mark.django_db(transaction=True)
def test_a_feeds_batch_names_pools_and_applies_the_rest(pool, open_market):
    market = open_market()
    prices = {"home": 2, "away": 2}
    names = {"market_id": pool.pk}, {"external_ref": pool.external_ref}, {"market_id": market.pk}
    rows = [feed_rows.read(n, {**name, "moneyline": prices}) for n, name in enumerate(names, 1)]

    report = bulk.apply_prices(feed="sharp", rows=rows, actor=None)

    assert [(one.row, one.reason) for one in report.problems] == [
        (1, "CHAIN_DECIDES"),
        (2, "CHAIN_DECIDES"),
    ]
    assert (report.applied, HeldPrice.objects.count()) == (1, 0)


def test_an_import_leaves_a_pool_alone_and_says_so(pool):
    match = Match(
        line_number=2,
        external_ref=pool.external_ref,
        league="EPL",
        home="Leeds",
        away="York",
        start_time=LATER,
        opening=Prices(MONEYLINE),
        closing=Prices(),
        score=None,
    )
    imported = imports.import_match(match, prices=Wanted.OPENING, shift=timedelta(0))
    told = f"market {pool.pk} is a pool: its start stays"
    assert imported == Imported(pool.pk, Outcome.UNCHANGED, imported.skipped)
    assert [one.startswith(told) for one in imported.skipped] == [True]


API = {
    "override": (
        "post",
        "admin/odds/override",
        {"payload": {"moneyline": {"home": 1.85, "away": 2.1}}, "reason": "x"},
    ),
    "put status": ("put", "admin/markets/{}", {"status": "suspended"}),
    "put the present status": ("put", "admin/markets/{}", {"status": "active"}),
    "put start": ("put", "admin/markets/{}", {"start_time": epoch_ms(LATER)}),
    "put description": ("put", "admin/markets/{}", {"description": "ours"}),
    "release": ("post", "admin/markets/{}/release", {}),
    "settle": ("post", "admin/markets/{}/settle", {"winning_option": 1}),
    "settle, dry": ("post", "admin/markets/{}/settle", {**WITH_SCORE, "dry_run": True}),
    "preview": ("post", "admin/markets/{}/preview", {"void": True}),
    "void": ("post", "admin/markets/{}/void", {"reason": "x"}),
    "rollback": ("post", "admin/markets/{}/rollback", {"reason": "x"}),
    "resettle": ("post", "admin/markets/{}/resettle", {"winning_option": 1, "reason": "x"}),
    "limits": ("put", "admin/markets/{}/limits", {"stakeMax": "1", "reason": "x"}),
}


@pytest.mark.parametrize("four_eyes", [False, True], ids=["one", "four eyes"])
def test_the_api_refuses_with_the_reason(operator_client, pool, settings, four_eyes):
    settings.SETTLEMENT_FOUR_EYES = four_eyes
    answers = {}
    for name, (method, path, body) in API.items():
        sent = body if "{}" in path else {"market_id": pool.pk, **body}
        answer = operator_client.generic(
            method.upper(), f"/api/v1/{path.format(pool.pk)}", json.dumps(sent), content_type=JSON
        )
        answers[name] = (answer.status_code, answer.json()["reason"])
    assert answers == dict.fromkeys(API, (409, "CHAIN_DECIDES"))


def test_a_bet_on_a_pool_is_refused_and_so_is_its_quote(alice_client, pool):
    for option in range(1, 8):
        body = {"marketId": pool.pk, "option": option, "amount": "100", "odds": 160}
        answer = alice_client.post("/api/v1/bets", body, content_type=JSON)
        assert (answer.status_code, answer.json()["reason"]) == (409, "NOT_A_BOOK")
        quoted = {"marketId": pool.pk, "option": option}
        answer = alice_client.post("/api/v1/bets/quote", quoted, content_type=JSON)
        assert (answer.status_code, answer.json()["reason"]) == (409, "NOT_A_BOOK")
    assert alice_client.get("/api/v1/balance").json()["balance"] == "1000"


COMMANDS = {
    "settle_market": ["--home", "1", "--away", "0"],
    "void_market": ["--reason", "x"],
    "rollback_market": ["--reason", "x"],
    "resettle_market": ["--winner", "1", "--reason", "x"],
}


def test_commands_refuse_in_the_same_words(pool):
    for command, options in COMMANDS.items():
        with pytest.raises(CommandError, match=ChainDecides.message):
            call_command(command, str(pool.pk), *options)
