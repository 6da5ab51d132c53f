"""socket.io-client of npm, in Node.js, through nginx: one web process and two, websockets and
polling."""

from contextlib import contextmanager

import psutil
import pytest

from accounts import services as account_services
from e2e import behind_nginx
from e2e.following import of_market
from e2e.sio_client import SioClient
from kmarket import cache
from markets import services as market_services
from markets.lifecycle import Event
from oddsfeed import line
from oddsfeed.tests.conftest import open_session, set_home
from oddsfeed.tests.test_chain_news import announce, news, pool, rows  # noqa: F401  (fixtures)
from oddsfeed.tests.test_rooms import (
    credit,
    settle,
    token_of,  # noqa: F401  (a fixture)
)
from oddsfeed.tests.webs import webs
from trading import signals
from trading.models import Liquidity, Trade
from trading.signals import PositionChange
from trading.tests.logs import PEOPLE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("node"),
    pytest.mark.needs("nginx"),
    pytest.mark.timeout(180),
]

WEBSOCKET, POLLING, BOTH = ["websocket"], ["polling"], ["polling", "websocket"]


@pytest.fixture(scope="module")
def behind(django_db_setup, tmp_path_factory):
    """behind(2) → so many web processes, and where clients find them."""

    @contextmanager
    def run(count):
        folder = tmp_path_factory.mktemp("nginx")
        with (
            webs(count, TRUSTED_PROXIES=behind_nginx.PROXY) as processes,
            behind_nginx.nginx(folder, processes.address[1]) as url,
        ):
            yield processes, url

    return run


@pytest.fixture(scope="module")
def pair(behind):
    with behind(2) as (_, url):
        yield url


@pytest.fixture(scope="module")
def single(behind):
    with behind(1) as (_, url):
        yield url


@pytest.fixture
def follow(node_clients, tmp_path):
    """follow(url, token, *markets, **wishes) → a running client; ended with the test."""
    clients = []

    def following(url, token, *markets, transports=WEBSOCKET, **wishes):
        wishes |= {"token": token, "transports": transports, "markets": [one.pk for one in markets]}
        clients.append(SioClient(node_clients, url, tmp_path, **wishes))
        return clients[-1]

    yield following
    for client in clients:
        client.end()


def check(client, market, *, since=1):
    """Assert that every update after `since` came, once and in order, or in one that stands for
    several."""
    had = since
    for event in of_market(client.events("update"), market.pk):
        assert event["from"] == had + 1
        had = event["seq"]
    assert client.events("gap") == client.events("ignored") == []


# --- Websockets, two processes ---------------------------------------------------------------


def test_two_processes_tell_the_same(pair, follow, market):
    token = open_session().token
    clients = [follow(pair, token, market) for _ in range(4)]
    for client in clients:
        assert client.wait_for("connect") == [
            {"event": "connect", "transport": "websocket", "recovered": False}
        ]
        (state,) = client.wait_for("state")
        assert state == {
            "event": "state",
            "market": market.pk,
            "seq": 1,
            "recovered": False,
            "type": "snapshot",
        }
    # Each process hears the market, so its clients are at both.
    listeners = cache.redis().pubsub_numsub(line.channel_of(market.pk))[0][1]
    assert listeners == 2

    for home in (181, 182, 183):
        set_home(market, home)

    for client in clients:
        client.stands_at(market.pk, 4)
        check(client, market)


@pytest.mark.usefixtures("news")
def test_every_event_comes_with_what_it_tells(
    pair,
    follow,
    market,
    open_market,
    trader,
    alice,
    token_of,  # noqa: F811
    pool,  # noqa: F811
):
    alice.address = PEOPLE[0]
    alice.save(update_fields=["address"])
    client = follow(pair, token_of(alice), market, pool.market, user=True)
    assert client.wait_for("user")[0]["answer"]["state"]["balance"] == "1000"
    client.wait_for("state", 2)

    made = open_market()
    market_services.change_status(market_id=market.pk, event=Event.SUSPEND, actor=trader, reason="")
    market_services.change_status(market_id=market.pk, event=Event.CLOSE, actor=trader, reason="")
    settle(market, trader)
    credit(alice, 5)
    announce(signals.traded, trades=rows(Trade))
    announce(signals.liquidity_changed, changes=rows(Liquidity))
    change = PositionChange(PEOPLE[0], pool.market_id)
    announce(signals.positions_changed, changes=(change,))

    assert client.told("market:created")["marketId"] == made.pk
    for name in ("market:updated", "market:closed", "market:resolved"):
        assert client.told(name)["marketId"] == market.pk
    assert client.told("market:resolved")["market"]["winning_option"] == 1
    assert client.told("user:balance_update")["balance"] == "1005"
    assert client.told("user:position_update")["outcomes"][0]["shares"] == "80"
    for name in (
        "trade:shares_bought",
        "trade:shares_sold",
        "liquidity:added",
        "liquidity:removed",
    ):
        assert client.told(name)["marketId"] == pool.market_id
    # Suspended, closed, settled.
    client.stands_at(market.pk, 4)
    check(client, market)


def test_acknowledgements_refuse_what_may_not_be(pair, follow, alice, bob, token_of):  # noqa: F811
    client = follow(pair, token_of(bob))
    client.wait_for("connect")

    client.say(["subscribe:user", alice.address])
    client.say(["subscribe:market", 5])
    client.say(["subscribe:nothing"])

    answers = [event["answer"] for event in client.wait_for("answer", 3)]
    assert [answer["ok"] for answer in answers] == [False] * 3
    assert [answer["code"] for answer in answers] == ["FORBIDDEN", "NOT_FOUND", "BAD_REQUEST"]


def test_without_a_good_token_it_is_refused_and_stays_away(pair, follow):
    client = follow(pair, "no.good.token")

    assert client.process.wait(20) == 0
    assert client.events() == [
        {"event": "refused", "message": "token refused", "data": {"code": "UNAUTHORIZED"}}
    ]


def test_a_session_that_ends_takes_its_client_along(pair, follow, market):
    session = open_session()
    client = follow(pair, session.token, market)
    client.wait_for("state")

    account_services.sign_out(session_id=session.session.pk)

    assert client.process.wait(5) == 0
    bye, end = client.events()[-2:]
    assert bye["body"] == {"type": "bye", "reason": "signed out", "retryIn": None}
    assert (end["reason"], end["active"]) == ("io server disconnect", False)


def test_who_comes_back_to_another_process_has_missed_nothing(behind, follow, market):
    """After a connection that broke, and a process that stopped in good order."""
    with behind(2) as (processes, url):
        client = follow(url, open_session().token, market)
        client.wait_for("state")
        ways = {
            "break": lambda: client.say("break"),
            "stop": lambda: psutil.Process(processes.pids[0]).terminate(),
        }
        seq = 1
        for way in ways.values():
            way()
            for _ in range(10):
                seq = set_home(market, 181 + seq % 2).seq
            client.stands_at(market.pk, seq)
        check(client, market)
        again = client.events("state")[1:]
        assert again
        assert {state["recovered"] for state in again} == {True}


# --- Polling, one process --------------------------------------------------------------------


def test_polling_alone_gives_the_same(single, follow, market, open_market):
    session = open_session()
    client = follow(single, session.token, market, transports=POLLING)
    (state,) = client.wait_for("state")
    assert (state["seq"], client.events()[0]["transport"]) == (1, "polling")

    for home in (181, 182, 183):
        set_home(market, home)
    client.stands_at(market.pk, 4)
    client.say("break")
    for home in (184, 185):
        set_home(market, home)
    client.stands_at(market.pk, 6)

    check(client, market)
    assert client.wait_for("state", 2)[1]["recovered"]
    account_services.sign_out(session_id=session.session.pk)
    assert client.process.wait(5) == 0
    assert client.events()[-1]["reason"] == "io server disconnect"


def test_who_begins_by_polling_goes_on_by_websocket_and_misses_nothing(single, follow, market):
    clients = [follow(single, open_session().token, market, transports=BOTH) for _ in range(3)]
    # While they shake hands, poll and upgrade.
    seq = 1
    while not all(client.events("upgrade") for client in clients):
        seq = set_home(market, 181 + seq % 2).seq
    seq = set_home(market, 186).seq

    for client in clients:
        client.stands_at(market.pk, seq)
        (state,) = client.events("state")
        check(client, market, since=state["seq"])
        assert client.events("upgrade") == [{"event": "upgrade", "transport": "websocket"}]
