"""What operators do with markets over the API, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import services as account_services
from accounts.models import Role
from conftest import ALL_GROUPS
from kmarket.api_fields import epoch_ms
from markets.models import Market, OddsUpdate

JSON = "application/json"


@pytest.fixture
def client_with(client_of, trader, bob):
    """The client of somebody with a role."""

    def make(role):
        account_services.set_role(user=bob, role=role, actor=trader, reason="a job")
        bob.refresh_from_db()
        return client_of(bob)

    return make


def put(client, market, **body):
    return client.put(f"/api/v1/admin/markets/{market.pk}", body, content_type=JSON)


def override(client, market, payload, **more):
    body = {"market_id": market.pk, "payload": payload, "reason": "news", **more}
    return client.post("/api/v1/admin/odds/override", body, content_type=JSON)


def test_a_trader_suspends_and_resumes_and_does_nothing_else(client_with, market, open_market):
    trader = client_with(Role.TRADER)
    assert put(trader, market, status="suspended", reason="news").json()["status"] == "suspended"
    assert put(trader, market, status="active").json()["status"] == "active"
    draft = open_market(status="draft")

    assert put(trader, market, status="closed").status_code == 403
    assert put(trader, market, status="suspended", description="x").status_code == 403
    assert put(trader, market, start_time=epoch_ms(market.start_time)).status_code == 403
    assert put(trader, draft, status="active").status_code == 403
    market.refresh_from_db()
    draft.refresh_from_db()
    assert (market.status, market.description, draft.status) == ("active", "", "draft")


@pytest.mark.parametrize("role", [Role.SETTLER, Role.AUDITOR, Role.USER])
def test_nobody_else_suspends(client_with, market, role):
    assert put(client_with(role), market, status="suspended").status_code == 403


def test_a_market_is_not_rescheduled_into_the_past(operator_client, market, open_market):
    seconds = int(datetime.now(tz=UTC).timestamp()) + 86_400
    refused = put(operator_client, market, start_time=seconds, reason="rain")
    assert (refused.status_code, refused.json()["reason"]) == (400, "START_IS_PAST")
    market.refresh_from_db()
    assert market.start_time > datetime.now(tz=UTC)

    live = open_market(live=True)
    assert put(operator_client, live, start_time=seconds).status_code == 200
    later = epoch_ms(datetime.now(tz=UTC) + timedelta(days=2))
    assert put(operator_client, market, start_time=later).status_code == 200


@pytest.mark.parametrize("line", [0, -0.25, -5])
def test_a_total_lies_above_zero(operator_client, open_market, line):
    market = open_market(ALL_GROUPS)
    refused = override(
        operator_client, market, {"total": {"line": line, "over": 1.9, "under": 1.9}}
    )
    assert refused.status_code == 400
    fields = refused.json()["details"]["fields"]
    assert "above 0" in fields["payload"]["total"]["line"][0]["message"]
    assert OddsUpdate.objects.filter(market=market).count() == 1


def test_a_group_that_was_off_is_compared_with_what_it_was(operator_client, open_market):
    market = open_market(ALL_GROUPS)
    assert override(operator_client, market, {"moneyline": None, "spread": None}).status_code == 201

    far = {"moneyline": {"home": 1.2, "away": 2.1}}
    flipped = {"spread": {"line": 3, "home": 1.92, "away": 1.88}}
    for payload in (far, flipped):
        refused = override(operator_client, market, payload)
        assert (refused.status_code, refused.json()["reason"]) == (409, "FAR_MOVE")
    assert override(operator_client, market, far, force=True).status_code == 201


def test_a_market_is_made_once_per_key(operator_client):
    body = {
        "league": "NBA",
        "home_team": "Lakers",
        "away_team": "Bulls",
        "start_time": epoch_ms(datetime.now(tz=UTC) + timedelta(days=1)),
    }
    key = {"Idempotency-Key": "market-1"}
    first, again = (
        operator_client.post("/api/v1/admin/markets", body, content_type=JSON, headers=key)
        for _ in range(2)
    )
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Market.objects.count() == 1
