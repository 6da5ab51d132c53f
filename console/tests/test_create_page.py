"""A match becomes a market: what the form makes and refuses, and another market as its model."""

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client

from accounts.models import AdminAction, Role
from betting import services as betting_services
from conftest import ALL_GROUPS, TWO_WAY
from console.tests.conftest import with_role
from kmarket.models import IdempotencyKey
from kmarket.testing import node
from markets import selectors
from markets.models import Market, OddsUpdate
from markets.odds import Moneyline, Odds, Prices

NOTHING = "\u2013"
CREATE = "/admin/console/create/"
KEY = "00000000-0000-4000-8000-000000000001"
TOMORROW = (datetime.now(tz=UTC) + timedelta(days=1)).replace(second=0, microsecond=0)
MATCH = {
    "league": "NBA",
    "home_team": "Lakers",
    "away_team": "Warriors",
    "start_time": f"{TOMORROW:%Y-%m-%dT%H:%M}",
    "category": "sports",
    "description": "",
    "status": "active",
    "reason": "",
    "key": KEY,
}
TWO_WAYS = {"moneyline_home": "1.85", "moneyline_away": "2.10"}
ALL = TWO_WAYS | {
    "spread_line": "-3",
    "spread_home": "1.92",
    "spread_away": "1.88",
    "total_line": "219.5",
    "total_over": "1.90",
    "total_under": "1.90",
}


def sent(client: Client, query: str = "", **fields):
    return client.post(CREATE + query, MATCH | fields)


def faults(answer) -> dict[str, list[str]]:
    """Return what the form says is wrong. Nothing was made."""
    assert answer.status_code == 200
    assert not Market.objects.exists()
    assert not AdminAction.objects.exists()
    assert not IdempotencyKey.objects.exists()
    return dict(answer.context["form"].errors)


def test_a_match_becomes_an_open_market_with_one_audit_action(console, trader):
    answer = sent(console, **ALL, live="on", description="Game 7", reason="season")

    market = Market.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/admin/markets/market/{market.pk}/change/",
    )
    assert (market.league, market.title, market.category) == ("NBA", "Lakers vs Warriors", "sports")
    assert (market.start_time, market.live, market.description) == (TOMORROW, True, "Game 7")
    assert (market.status, market.seq, market.pinned_at) == ("active", 1, None)
    update = OddsUpdate.objects.get()
    assert (update.prices, update.source, update.changed_by) == (ALL_GROUPS, "admin", trader)
    action = AdminAction.objects.get()
    assert (action.action, action.actor, action.reason) == ("market.create", trader, "season")


@pytest.mark.parametrize(
    ("fields", "prices"),
    [
        ({}, Prices()),
        (TWO_WAYS, TWO_WAY),
        (
            TWO_WAYS | {"moneyline_draw": " 9.5 "},
            Prices(Moneyline(Odds(185), Odds(210), Odds(950))),
        ),
        (
            ALL | {"moneyline_home": "", "moneyline_away": ""},
            ALL_GROUPS.changed({"moneyline": None}),
        ),
    ],
    ids=["no prices", "2-way", "3-way", "no moneyline"],
)
def test_each_group_is_optional_in_a_draft(console, fields, prices):
    assert sent(console, status="draft", **fields).status_code == 302
    market = Market.objects.get()
    assert market.status == "draft"
    update = selectors.current_update(market)
    assert (update.prices if update else Prices()) == prices


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"league": ""}, {"league": ["This field is required."]}),
        ({"away_team": "Lakers"}, {"away_team": ["A team does not play against itself."]}),
        ({"start_time": "soon"}, {"start_time": ["Enter a valid date/time."]}),
        (
            {"start_time": "2020-01-01T00:00"},
            {"start_time": ["That start has passed: it would close at once."]},
        ),
        (
            {"moneyline_home": "1.855"},
            {"moneyline_home": ["Odds have at most two decimals."]},
        ),
        ({"moneyline_away": "1"}, {"moneyline_away": ["Odds must lie between 1.01 and 1000.00."]}),
        (
            {"moneyline_away": ""},
            {"moneyline_away": ["Fill in the whole group, or leave it empty."]},
        ),
        ({"spread_line": "0.3"}, {"spread_line": ["A line is a multiple of 0.25."]}),
        ({"spread_line": ""}, {"spread_line": ["Fill in the whole group, or leave it empty."]}),
        (
            {"total_line": "0"},
            {"total_line": ["A total lies above 0, not at 0: scores are not negative."]},
        ),
        (
            dict.fromkeys(ALL, ""),
            {
                "__all__": [
                    "A market opens with prices on at least two options: set its odds first."
                ]
            },
        ),
        (
            {"moneyline_home": "", "moneyline_away": "", "moneyline_draw": "3"},
            {
                "moneyline_home": ["Fill in the whole group, or leave it empty."],
                "moneyline_away": ["Fill in the whole group, or leave it empty."],
            },
        ),
    ],
)
def test_what_is_wrong_is_marked_and_nothing_is_made(console, fields, said):
    assert faults(sent(console, **ALL | fields)) == said


def test_a_live_market_may_have_begun(console):
    assert sent(console, **ALL, live="on", start_time="2020-01-01T00:00").status_code == 302


def test_prices_that_lose_money_are_refused_in_the_services_words(console):
    answer = sent(console, **ALL | {"moneyline_away": "2.50"})

    assert faults(answer) == {}
    assert [str(message) for message in answer.context["messages"]] == [
        "These prices would lose money whatever happens: their probabilities add up to less than 1."
        " (group: moneyline, overround: -0.0595)"
    ]
    # What was typed is still there, and is taken once it is right.
    assert answer.context["form"]["moneyline_away"].value() == "2.50"
    assert sent(console, **ALL).status_code == 302


def test_a_form_that_is_sent_twice_makes_one_market(console):
    sent(console, **ALL)
    again = sent(console, **ALL)
    assert Market.objects.count() == 1
    assert "This form was sent before: it was done once." in again.content.decode()


def test_a_market_is_the_model_of_another(console, trader, open_market):
    model = open_market(
        ALL_GROUPS, live=True, description="Game 7", category="playoffs", external_ref="feed:1"
    )

    form = console.get(f"{CREATE}?copy={model.pk}").context["form"]
    filled = {name: form[name].value() for name in form.fields}
    assert filled["start_time"] is None
    copied = {name: value for name, value in filled.items() if value not in {None, False}}
    sent(console, f"?copy={model.pk}", **copied | {"live": "on", "status": "draft"})

    twin = Market.objects.exclude(pk=model.pk).get()
    for name in ("league", "home_team", "away_team", "category", "description", "live"):
        assert getattr(twin, name) == getattr(model, name)
    assert (twin.start_time, twin.status, twin.seq) == (TOMORROW, "draft", 1)
    assert twin.external_ref is None
    assert selectors.current_update(twin).prices == ALL_GROUPS
    assert AdminAction.objects.filter(target_id=str(twin.pk)).count() == 1


def test_the_models_limits_are_copied_where_that_is_wanted(console, trader, open_market):
    model = open_market(ALL_GROUPS)
    betting_services.set_market_limits(
        market_id=model.pk,
        limits={"stake_max": 500, "liability_cap": 9000},
        option_stake_max={1: 300, 7: 200},
        actor=trader,
        reason="small match",
    )
    query = f"?copy={model.pk}"
    page = console.get(CREATE + query)
    assert page.context["form"]["copy_limits"].value() is True
    assert "Greatest stake: Home: 0.0000000000000003 USDT" in page.content.decode()

    sent(console, query, **TWO_WAYS, copy_limits="on")
    twin = Market.objects.exclude(pk=model.pk).get()
    assert (twin.stake_min, twin.stake_max, twin.liability_cap) == (None, 500, 9000)
    assert list(twin.options.order_by("number").values_list("number", "stake_max")) == [
        (1, 300),
        (2, None),
    ]
    actions = AdminAction.objects.filter(target_id=str(twin.pk)).order_by("pk")
    assert [action.action for action in actions] == ["market.create", "market.limits"]

    sent(console, query, **TWO_WAYS, key=KEY.replace("1", "2"))
    other = Market.objects.exclude(pk__in=[model.pk, twin.pk]).get()
    assert (other.stake_max, other.liability_cap) == (None, None)


@pytest.mark.parametrize("number", ["1", "x", "-1", "9" * 30])
def test_there_is_no_such_model(console, number):
    assert console.get(CREATE, {"copy": number}).status_code == 404


@pytest.mark.parametrize("role", [Role.TRADER, Role.SETTLER, Role.AUDITOR])
def test_only_who_manages_markets_makes_them(db, role):
    client = with_role(role)
    assert client.get(CREATE).status_code == 403
    assert sent(client, **ALL).status_code == 403
    assert not Market.objects.exists()


def test_every_input_has_its_label_and_times_are_named_utc(console):
    text = console.get(CREATE).content.decode()
    names = re.findall(r'<(?:input|select|textarea)[^>]*id="(id_\w+)"', text)
    assert len(names) > 15
    hidden = {"id_key"}
    for name in set(names) - hidden:
        assert f'for="{name}"' in text, name
    assert "Start (UTC)" in text
    assert " style=" not in text
    assert " onclick=" not in text


@pytest.mark.needs("node")
@pytest.mark.parametrize(
    ("odds", "shown"),
    [
        (["1.85", "2.10"], "1.7 %"),
        (["2", "2.00"], "0.0 %"),
        (["3", "3", "3"], "0.0 %"),
        (["2.5", "2.5"], "-20.0 %"),
        (["1000", "1.01"], "-0.9 %"),
        (["2.01", "1.99"], "0.0 %"),
        (["2.0", "2.01"], "-0.2 %"),
        (["1.85", ""], NOTHING),
        (["1.855", "2"], NOTHING),
        (["1", "2"], NOTHING),
        (["1e1", "2"], NOTHING),
    ],
)
def test_the_overround_that_is_shown_is_the_services(odds, shown):
    module = django_settings.BASE_DIR / "console/static/console/overround.js"
    program = (
        f"import {{ hundredths, overround, shown }} from {json.dumps(module.as_uri())};"
        f"console.log(shown(overround({json.dumps(odds)}.map(hundredths))))"
    )
    done = subprocess.run(
        [node(), "--no-warnings", "--input-type=module", "-e", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == shown


def test_the_page_is_found_from_the_list_and_from_a_market(client, trader, market):
    client.force_login(trader)
    listed = client.get("/admin/markets/market/").content.decode()
    assert 'href="/admin/console/create/"' in listed
    assert 'href="/admin/console/import/"' in listed
    page = client.get(f"/admin/markets/market/{market.pk}/change/").content.decode()
    assert f'href="/admin/console/create/?copy={market.pk}"' in page
