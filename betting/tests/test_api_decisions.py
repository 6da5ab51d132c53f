"""The JSON of previews and proposals, pinned, and decisions that are bound to what was shown."""

import json

import pytest

from accounts import services as account_services
from accounts.models import Role, User
from betting import claims, settlement
from betting.models import Order, Proposal, Settlement
from betting.settlement import Result
from kmarket.api_fields import epoch_ms
from markets.odds import Odds

JSON = "application/json"
REASON = {"reason": "a test"}


@pytest.fixture
def people(client_of, trader, alice):
    """Clients of an operator, of a second one, and of roles that may not settle."""

    def with_role(name, role):
        user = User.objects.create_user(name)
        account_services.set_role(user=user, role=role, actor=None, reason="a test")
        return client_of(User.objects.get(pk=user.pk))

    return {
        "trader": client_of(trader),
        "other": with_role("other", Role.SETTLER),
        "prices": with_role("prices", Role.TRADER),
        "auditor": with_role("auditor", Role.AUDITOR),
        "alice": client_of(alice),
    }


@pytest.fixture
def ask(people):
    """ask("post", "admin/…", {...}, by="other", status=403)"""

    def request(method, path, body=None, *, by="trader", status=200):
        answer = people[by].generic(
            method.upper(),
            f"/api/v1/admin/{path}",
            "" if body is None else json.dumps(body),
            content_type=JSON,
        )
        assert answer.status_code == status, answer.content
        return answer.json()

    return request


@pytest.fixture
def preview(ask, market):
    def show(body, **about):
        return ask("post", f"markets/{market.pk}/preview", body, **about)

    return show


def row(option, result, orders, staked, payout):
    return {
        "option": option,
        "result": result,
        "orders": orders,
        "staked": staked,
        "payout": payout,
    }


def test_a_preview_per_option_and_result(preview, place, market):
    place()
    place(option=2, seen_odds=Odds(210))
    shown = preview({"winning_option": 2})
    assert len(shown.pop("digest")) == 64
    assert shown == {
        "marketId": market.pk,
        "status": "active",
        "decision": "settle",
        "settlementVersion": 0,
        "changed": True,
        "orders": 2,
        "staked": "200",
        "paidOut": "210",
        "houseProfit": "-10",
        "rows": [row(1, "LOSE", 1, "100", "0"), row(2, "WIN", 1, "100", "210")],
        "takenBack": None,
        "adjustments": None,
    }
    market.refresh_from_db()
    assert market.status == "active"


def test_a_preview_of_a_correction_shows_what_is_taken_back_and_who_would_owe(
    preview, place, market, alice, open_market
):
    place()
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    now = {
        "orders": 1,
        "staked": "100",
        "paidOut": "185",
        "houseProfit": "-85",
        "rows": [row(1, "WIN", 1, "100", "185")],
    }
    shown = preview({"rollback": True})
    assert (shown["decision"], shown["orders"], shown["takenBack"]) == ("rollback", 0, now)
    claims.claim_all(user=alice)
    place(market_id=open_market().pk, stake=1000)

    shown = preview({"home_score": 0, "away_score": 2})

    assert (shown["decision"], shown["takenBack"], shown["houseProfit"]) == ("resettle", now, "100")
    assert shown["adjustments"] == {
        "usersGaining": 0,
        "gained": "0",
        "usersLosing": 1,
        "lost": "185",
        "usersOwing": 1,
        "owed": "100",
        "debtors": [{"userId": alice.pk, "owed": "100"}],
    }
    assert preview({"void": True})["adjustments"]["lost"] == "85"
    assert preview({"rollback": True}, status=409)["reason"] == "PAYOUTS_CLAIMED"


def test_a_preview_of_voids(preview, place, market):
    order = place()
    place(stake=30)
    assert preview({"void": True})["paidOut"] == "130"
    assert preview({"void": True, "placed_after": 0})["decision"] == "void_since"
    one = preview({"order_id": order.pk})
    assert (one["decision"], one["orders"], one["staked"]) == ("void_order", 1, "100")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"void": False},
        {"void": True, "winning_option": 1},
        {"void": True, "rollback": True},
        {"rollback": True, "order_id": 7},
        {"rollback": True, "placed_after": 0},
        {"placed_after": 0},
        {"winning_option": 1, "placed_after": 0},
        {"order_id": "x"},
        {"home_score": 1},
    ],
)
def test_a_preview_is_of_one_thing(preview, body):
    assert preview(body, status=400)["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("path", "shows", "body"),
    [
        ("settle", {"winning_option": 1}, {"winning_option": 1}),
        ("void", {"void": True}, REASON),
        ("void", {"void": True, "placed_after": 0}, REASON | {"placed_after": 0}),
    ],
)
def test_a_decision_is_done_as_shown_or_refused(ask, preview, place, market, path, shows, body):
    place()
    old = preview(shows)["digest"]
    place()

    refusal = ask("post", f"markets/{market.pk}/{path}", body | {"preview": old}, status=409)

    assert refusal["reason"] == "PREVIEW_CHANGED"
    assert not Settlement.objects.exists()
    digest = preview(shows)["digest"]
    done = ask("post", f"markets/{market.pk}/{path}", body | {"preview": digest})
    assert (done["orders"], done["changed"]) == (2, True)


@pytest.mark.parametrize(
    ("path", "shows", "body"),
    [
        ("rollback", {"rollback": True}, REASON),
        ("resettle", {"winning_option": 2}, REASON | {"winning_option": 2}),
        ("resettle", {"void": True}, REASON | {"void": True}),
    ],
)
def test_a_correction_is_done_as_shown_or_refused(ask, preview, place, market, path, shows, body):
    place()
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    wrong = ask("post", f"markets/{market.pk}/{path}", body | {"preview": "0" * 64}, status=409)
    assert wrong["reason"] == "PREVIEW_CHANGED"
    assert Settlement.objects.count() == 1
    digest = preview(shows)["digest"]
    assert ask("post", f"markets/{market.pk}/{path}", body | {"preview": digest})["changed"]


def test_one_order_is_voided_as_shown(ask, preview, place):
    order = place()
    digest = preview({"order_id": order.pk})["digest"]
    ask("post", f"bets/{order.pk}/void", REASON | {"preview": "0" * 64}, status=409)
    assert ask("post", f"bets/{order.pk}/void", REASON | {"preview": digest})["orders"] == 1


@pytest.mark.parametrize("digest", ["", "x", "0" * 63, "A" * 64, 7, None])
def test_what_is_no_digest_is_refused(ask, market, digest):
    body = {"winning_option": 1, "preview": digest}
    assert ask("post", f"markets/{market.pk}/settle", body, status=400)["reason"] == "INVALID"


def test_a_dry_run_is_bound_to_its_preview_too(ask, place, market):
    place()
    path, body = f"markets/{market.pk}/settle", {"winning_option": 1}
    shown = ask("post", path, body | {"dry_run": True})
    ask("post", path, body | {"dry_run": True, "preview": "0" * 64}, status=409)
    assert ask("post", path, body | {"preview": shown["digest"]})["changed"] is True


# --- Four eyes -------------------------------------------------------------------------------


@pytest.fixture
def proposed(ask, preview, place, market, settings):
    """The trader's proposal: settle by home's win, with a bet of 100 waiting."""
    settings.SETTLEMENT_FOUR_EYES = True
    place()
    return ask(
        "post",
        f"markets/{market.pk}/settle",
        {"home_score": 2, "away_score": 1, "reason": "final"},
        status=202,
    )


def test_with_four_eyes_a_decision_is_answered_as_a_proposal(proposed, preview, market):
    stored = Proposal.objects.get()
    assert proposed == {
        "proposalId": stored.pk,
        "marketId": market.pk,
        "state": "open",
        "decision": "settle",
        "winningOption": None,
        "homeScore": 2,
        "awayScore": 1,
        "placedAfter": None,
        "orderId": None,
        "digest": preview({"home_score": 2, "away_score": 1})["digest"],
        "reason": "final",
        "proposer": "trader",
        "createdAt": epoch_ms(stored.at),
        "decidedBy": None,
        "decidedAt": None,
        "settlement": None,
    }
    market.refresh_from_db()
    assert market.status == "active"


def test_a_second_operator_approves(proposed, ask, market):
    path = f"proposals/{proposed['proposalId']}/approve"
    assert ask("post", path, status=403)["reason"] == "OWN_PROPOSAL"

    done = ask("post", path, by="other")

    decided_at = epoch_ms(Proposal.objects.get().decided_at)
    paid = done.pop("settlement")
    ends = {"state": "approved", "decidedBy": "other", "decidedAt": decided_at}
    assert done == {name: proposed[name] for name in done} | ends
    assert (paid["paidOut"], paid["status"], paid["changed"]) == ("185", "settled", True)
    assert ask("post", path, by="other", status=409)["reason"] == "PROPOSAL_OVER"
    assert Settlement.objects.count() == 1


def test_a_proposal_that_has_become_stale(proposed, ask, place):
    place()
    path = f"proposals/{proposed['proposalId']}/approve"
    assert ask("post", path, by="other", status=409)["reason"] == "PROPOSAL_STALE"
    assert ask("get", "proposals")["items"][0]["state"] == "stale"
    assert not Settlement.objects.exists()


def test_a_proposal_is_withdrawn(proposed, ask):
    path = f"proposals/{proposed['proposalId']}"
    ask("post", f"{path}/withdraw", {"reason": 7, "x": 1}, status=400)
    assert ask("post", f"{path}/withdraw", {"reason": "typo"})["state"] == "withdrawn"
    ask("post", f"{path}/approve", by="other", status=409)
    assert Order.objects.get().state == "accepted"


def test_proposals_are_listed_newest_first(proposed, ask, open_market):
    second = ask("post", f"markets/{open_market().pk}/void", REASON, status=202)
    ask("post", f"proposals/{second['proposalId']}/withdraw", {})
    ids = [item["proposalId"] for item in ask("get", "proposals", by="auditor")["items"]]
    assert ids == [second["proposalId"], proposed["proposalId"]]
    assert ask("get", "proposals?state=open")["items"] == [proposed]
    by_market = ask("get", f"proposals?marketId={second['marketId']}")
    assert by_market["total"] == 1
    ask("get", "proposals?state=lost", status=400)
    ask("get", "proposals?marketId=x", status=400)


@pytest.mark.parametrize("by", ["alice", "prices", "auditor"])
@pytest.mark.parametrize("end", ["approve", "withdraw"])
def test_only_settlers_end_proposals(proposed, ask, by, end):
    ask("post", f"proposals/{proposed['proposalId']}/{end}", {}, by=by, status=403)
    assert Proposal.objects.get().state == "open"


def test_users_see_no_proposals(proposed, ask):
    ask("get", "proposals", by="alice", status=403)
    ask("post", "proposals/4711/approve", status=404)
    ask("post", "proposals/4711/withdraw", {}, status=404)


def test_proposals_are_listed_in_as_many_queries_however_many(
    proposed, ask, open_market, django_assert_num_queries
):
    for _ in range(5):
        ask("post", f"markets/{open_market().pk}/void", REASON, status=202)
    with django_assert_num_queries(3):
        ask("get", "proposals")
