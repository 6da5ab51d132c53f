"""A front end that speaks Socket.IO in a real browser, from a page of another origin to nginx."""

import pytest

from e2e import behind_nginx
from e2e.following import last_seq
from e2e.house import Wallet
from e2e.running import Running
from e2e.stage import web_processes
from e2e.test_browser_client import front_end  # noqa: F401  (a fixture)
from kmarket.tests.processes import eventually

pytestmark = [
    pytest.mark.needs("chromium"),
    pytest.mark.needs("nginx"),
    pytest.mark.usefixtures("node_clients"),
    pytest.mark.timeout(180),
]


@pytest.fixture(scope="module")
def lone(tmp_path_factory):
    """A running kmarket with one web process, so that its clients may poll."""
    folder = tmp_path_factory.mktemp("lone") / "data"
    proxies = {"TRUSTED_PROXIES": behind_nginx.PROXY}
    running = Running(folder, WORKERS="1", DEMO="off", RATE_LIMIT="off", **proxies)
    try:
        yield running.wait_until_up()
    finally:
        running.end()


@pytest.fixture(scope="module")
def pair(lone):
    """What nginx stands before and who acts asks: here the one process."""
    return lone


@pytest.fixture
def page(browser, front_end):  # noqa: F811
    page = browser.new_page()
    page.goto(f"{front_end}/sio_page.html")
    yield page
    page.close()


def start(page, front, token, *market_ids, **wishes):
    wishes |= {"token": token, "markets": market_ids}
    page.evaluate("(given) => start(...given)", [front.url, wishes])


def events_of(page, kind):
    return [event for event in page.evaluate("events") if event["event"] == kind]


def wait_for(page, kind, count=1):
    eventually(lambda: len(events_of(page, kind)) >= count)
    return events_of(page, kind)


def wait_until_at(page, market_id, seq):
    eventually(lambda: last_seq(page.evaluate("events"), market_id) == seq)


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
def test_a_page_follows_whatever_way_it_takes(page, front, stage, transports):
    market_id = stage.open_market()
    start(page, front, stage.guest(), market_id, transports=transports)
    (state,) = wait_for(page, "state")
    assert (state["seq"], state["type"]) == (1, "snapshot")
    if len(transports) == 1:
        assert events_of(page, "connect")[0]["transport"] == transports[0]
    else:
        assert wait_for(page, "upgrade")[0]["transport"] == "websocket"

    for home in (1.81, 1.82, 1.83):
        stage.move(market_id, home)

    wait_until_at(page, market_id, 4)
    updates = events_of(page, "update")
    assert [event["from"] for event in updates] == [
        2,
        *(event["seq"] + 1 for event in updates[:-1]),
    ]
    assert updates[-1]["home"] == 183


def test_a_page_is_refused_and_sent_away_with_reasons(page, front, stage):
    start(page, front, "no.good.token", transports=["websocket"])
    (refused,) = wait_for(page, "refused")
    assert (refused["message"], refused["data"]["code"]) == ("token refused", "UNAUTHORIZED")

    wallet = Wallet(stage.house)
    wallet.sign_in()
    start(page, front, wallet.token, user=True, transports=["websocket"])
    (entered,) = wait_for(page, "user")
    assert entered["answer"]["state"]["address"] == wallet.account.address
    stage.house.manage("credit", wallet.account.address, "7", "--reason", "a gift")
    (told,) = wait_for(page, "told")
    assert (told["name"], told["body"]["balance"]) == ("user:balance_update", "7")

    wallet.post("auth/logout", expect=204)

    (end,) = wait_for(page, "disconnect")
    assert (end["reason"], end["active"]) == ("io server disconnect", False)


def test_a_page_catches_up_after_its_process_was_replaced(page, front, stage, lone):
    market_id = stage.open_market()
    start(page, front, stage.guest(), market_id, transports=["websocket"])
    wait_for(page, "state")
    (process,) = web_processes(lone.process.pid)

    process.kill()
    eventually(lambda: web_processes(lone.process.pid) not in ([], [process]))
    eventually(lone.answers)
    for home in (1.81, 1.82):
        stage.move(market_id, home)

    wait_until_at(page, market_id, 3)
    assert events_of(page, "gap") == events_of(page, "ignored") == []


def test_a_page_of_an_origin_that_is_not_listed_cannot_poll(browser, front):
    nowhere = browser.new_page()
    url = f"{front.url}/socket.io/?EIO=4&transport=polling"

    failed = nowhere.evaluate("(url) => fetch(url).catch((error) => error.name)", url)

    assert failed == "TypeError"
