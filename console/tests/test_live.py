"""What lives on the console's pages: the token, the socket that ends with it, the stakes."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts import services as account_services
from accounts.models import Role, Session, User
from kmarket.asgi import application
from markets import limits
from oddsfeed import hub
from oddsfeed.tests.conftest import PATIENCE, Socket, in_thread, set_home

TOKEN = "/admin/live-token/"
STAKES = "/admin/live-stakes/"


@pytest.fixture
async def connect(transactional_db):
    """A builder of sockets as the console's page opens them."""
    mine = hub.current()
    sockets = []

    async def build(client: Client) -> Socket:
        answer = await in_thread(client.post, TOKEN)
        offered = ["kmarket.v1", f"bearer.{answer.json()['token']}"]
        socket = Socket(application, "/ws/odds", subprotocols=offered)
        sockets.append(socket)
        assert await socket.connect(PATIENCE) == (True, "kmarket.v1")
        return socket

    yield build
    for socket in sockets:
        if not socket.future.done():
            await socket.disconnect(timeout=PATIENCE)
    await mine.close()


def test_the_page_gets_a_token_for_one_handshake(console, trader):
    answer = console.post(TOKEN)

    assert answer.status_code == 200
    assert answer.json()["expiresIn"] <= 60
    assert "no-store" in answer.headers["Cache-Control"]
    made = Session.objects.get(kind="ws")
    assert (made.user, made.parent) == (trader, Session.objects.get(kind="user", user=trader))


def test_tabs_share_the_session_of_their_cookie(console, trader):
    console.post(TOKEN)
    console.post(TOKEN)
    assert Session.objects.filter(kind="user", user=trader).count() == 1


def test_a_token_is_asked_for_by_a_form_of_ours_only(trader):
    client = Client(enforce_csrf_checks=True)
    client.force_login(trader)
    assert client.post(TOKEN).status_code == 403
    assert client.get(TOKEN).status_code == 405
    assert not Session.objects.filter(kind="ws").exists()


def test_nobody_else_gets_a_token(db, alice):
    stranger, user = Client(), Client()
    user.force_login(alice)
    for client in (stranger, user):
        answer = client.post(TOKEN)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (
            302,
            "/admin/login/",
        )
    assert not Session.objects.filter(kind="ws").exists()


async def test_prices_and_states_reach_the_page(console, connect, market):
    socket = await connect(console)
    snapshot = (await socket.follow(market))[1]
    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 1)

    await in_thread(set_home, market, 190)

    update = await socket.next()
    assert (update["seq"], update["payload"]["moneyline"]["home"]) == (2, 1.9)


async def test_signing_out_closes_the_socket(console, connect, market):
    socket = await connect(console)
    await socket.follow(market)

    await in_thread(console.post, "/admin/logout/")

    assert (await socket.closed())[0] == 4401


@pytest.mark.parametrize(
    "end",
    [
        lambda user: account_services.set_active(
            user=user, active=False, actor=None, reason="left"
        ),
        lambda user: account_services.end_sessions(user=user, actor=None, reason="lost a laptop"),
        lambda user: account_services.set_role(
            user=user, role=Role.USER, actor=None, reason="left"
        ),
    ],
    ids=["disabled", "signed out everywhere", "no operator any more"],
)
async def test_whatever_ends_an_operators_session_closes_the_socket_for_good(
    console, connect, trader, market, end
):
    socket = await connect(console)
    await socket.follow(market)

    await in_thread(end, trader)

    assert (await socket.closed())[0] == 4401
    assert (await in_thread(console.post, TOKEN)).status_code == 302


async def test_an_expired_session_closes_the_socket_and_the_cookie(console, connect, trader):
    soon = datetime.now(tz=UTC) + timedelta(seconds=1.5)
    await in_thread(lambda: trader.sessions.update(expires_at=soon))
    socket = await connect(console)

    async with asyncio.timeout(PATIENCE):
        assert (await socket.closed())[0] == 4401
    assert (await in_thread(console.post, TOKEN)).status_code == 302


def test_stakes_are_told_as_they_are_shown(console, market, place, open_market, trader):
    other = open_market()
    limits.set_limits(
        market_id=market.pk,
        limits={"liability_cap": 100},
        option_stake_max={},
        actor=trader,
        reason="test",
    )
    place(stake=100)

    answer = console.get(STAKES, {"ids": f"{market.pk},{other.pk},999"})

    assert answer.json() == {
        "markets": {
            str(market.pk): {
                "staked": "0.0000000000000001 USDT",
                "worst": "0.000000000000000085 USDT",
                "used": "85.0 %",
                "near": True,
            },
            str(other.pk): {
                "staked": "0 USDT",
                "worst": "0 USDT",
                "used": "",
                "near": False,
            },
        }
    }


@pytest.mark.parametrize("ids", [None, "", "x", "1,", "-1", "1 or 1=1", "٣", ",".join(["1"] * 201)])
def test_what_is_no_list_of_ids_is_refused(console, ids):
    answer = console.get(STAKES, {} if ids is None else {"ids": ids})
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


def test_an_id_beyond_every_market_is_of_none(console):
    assert console.get(STAKES, {"ids": "9" * 40}).json() == {"markets": {}}


def test_stakes_are_for_operators(db, alice):
    client = Client()
    assert client.get(STAKES, {"ids": "1"}).status_code == 302
    client.force_login(alice)
    assert client.get(STAKES, {"ids": "1"}).status_code == 302


def test_tokens_are_for_whoever_may_see_markets_and_stakes_for_whoever_may_see_orders(db, market):
    user = User.objects.create_user("maria", password="a long password", is_staff=True)
    client = Client()
    client.force_login(user)
    stakes = {"ids": str(market.pk)}
    assert client.get(STAKES, stakes).status_code == client.post(TOKEN).status_code == 403

    user.user_permissions.add(Permission.objects.get(codename="view_market"))

    assert client.post(TOKEN).status_code == 200
    assert client.get(STAKES, stakes).status_code == 403
    # Nor does the list show them.
    shown = client.get("/admin/markets/market/").content.decode()
    assert 'data-field="home"' in shown
    assert 'data-field="staked"' not in shown
    assert 'data-field="worst"' not in shown

    user.user_permissions.add(Permission.objects.get(codename="view_order"))

    assert client.get(STAKES, stakes).status_code == 200
