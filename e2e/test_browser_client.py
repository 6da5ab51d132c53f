"""A front end in a real browser: Chromium's WebSocket and fetch, from a page of another origin to
nginx in front of two web processes."""

import json
import signal
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from e2e.following import check, closes, last_seq
from e2e.stage import CLIENTS, restart_each
from kmarket.tests.processes import eventually

pytestmark = [
    pytest.mark.needs("chromium"),
    pytest.mark.needs("nginx"),
    pytest.mark.timeout(180),
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def front_end():
    """Serve the clients' folder; yield the origin."""
    handler = partial(Quiet, directory=str(CLIENTS))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser, front_end):
    page = browser.new_page()
    page.goto(f"{front_end}/page.html")
    yield page
    page.close()


def start(page, front, token, *market_ids):
    page.evaluate("(given) => start(...given)", [front.socket_url, token, market_ids])


def events_of(page):
    return page.evaluate("events")


def wait_until_at(page, stored):
    """Wait until the page has come to the last seq of each market."""
    eventually(
        lambda: all(last_seq(events_of(page), pk) == max(seqs) for pk, seqs in stored.items())
    )


def fetch(page, url, **headers):
    """Fetch in the page; return the status, what scripts may read of the headers, and the body."""
    return page.evaluate(
        """([url, headers]) => fetch(url, {headers}).then(
            async (answer) => [
                answer.status, Object.fromEntries(answer.headers), await answer.text()
            ],
            (error) => [error.name, {}, ""],
        )""",
        [url, headers],
    )


def test_a_page_gets_an_ack_a_snapshot_and_then_each_change_in_order(page, front, stage):
    market_id = stage.open_market()
    start(page, front, stage.guest(), market_id)
    wait_until_at(page, {market_id: [1]})

    for home in (1.81, 1.82, 1.83):
        stage.move(market_id, home)

    wait_until_at(page, {market_id: [4]})
    assert events_of(page) == [
        # The token went along as a second subprotocol, which is not echoed.
        {"event": "open", "protocol": "kmarket.v1"},
        {"event": "ack", "subscribed": [market_id], "rejected": []},
        {"event": "snapshot", "market": market_id, "seq": 1},
        {"event": "update", "market": market_id, "from": 2, "seq": 2, "home": 181},
        {"event": "update", "market": market_id, "from": 3, "seq": 3, "home": 182},
        {"event": "update", "market": market_id, "from": 4, "seq": 4, "home": 183},
    ]


def test_a_page_sees_why_it_is_sent_away(page, front):
    start(page, front, "no.good.token", 5)

    eventually(lambda: closes(events_of(page)))

    assert events_of(page)[-1] == {"event": "close", "code": 4401, "reason": "token refused"}


def test_a_page_misses_and_repeats_nothing_when_each_web_process_is_replaced(
    page, front, stage, pair
):
    market_ids = [stage.open_market() for _ in range(3)]
    start(page, front, stage.guest(), *market_ids)
    wait_until_at(page, {pk: [1] for pk in market_ids})

    with stage.moving(*market_ids) as wait_for:
        restart_each(pair.process.pid, signal.SIGTERM, wait_for)

    stored = {market_id: stage.stored(market_id) for market_id in market_ids}
    wait_until_at(page, stored)
    events = events_of(page)
    for market_id, updates in stored.items():
        check(events, market_id, updates)
    assert 1012 in closes(events)


def test_a_page_of_another_origin_reads_odds_and_is_told_when_they_are_the_same(page, front, stage):
    market_id = stage.open_market()
    url = f"{front.url}/api/v1/odds/{market_id}"

    status, headers, body = fetch(page, url)

    assert status == 200
    assert json.loads(body)["moneyline"] == {"home": 1.85, "away": 1.95}
    # Not simple headers: a page sees them only because they are exposed.
    assert headers["x-request-id"]
    etag = headers["etag"]
    # Not one of a simple request either: asked for in advance, and allowed.
    assert fetch(page, url, **{"If-None-Match": etag})[::2] == [304, ""]

    stage.move(market_id, 1.9)

    status, headers, _ = fetch(page, url, **{"If-None-Match": etag})
    assert status == 200
    assert headers["etag"] != etag


def test_a_page_can_read_refusals(page, front):
    status, _, body = fetch(page, f"{front.url}/api/v1/odds/5", Authorization="Bearer x")

    assert (status, json.loads(body)["code"]) == (401, "UNAUTHORIZED")


def test_a_page_of_an_origin_that_is_not_listed_reads_nothing(browser, front):
    # about:blank has no origin that could be listed.
    nowhere = browser.new_page()

    assert fetch(nowhere, f"{front.url}/api/v1/healthz")[0] == "TypeError"


def test_the_page_of_the_api_has_all_it_needs_and_tries_requests(browser, front):
    page = browser.new_page()
    troubles, asked = [], set()
    page.on("console", lambda said: troubles.append(said.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: asked.add(request.url))

    # Its policy lets nothing in from elsewhere, and nothing run that stands in the page.
    page.goto(f"{front.url}/api/v1/docs#/service/healthz")
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table .response").first
    expect(answer).to_contain_text("200")
    expect(answer).to_contain_text('"status": "ok"')

    assert troubles == []
    assert {url for url in asked if not url.startswith(f"{front.url}/")} <= {
        url for url in asked if url.startswith("data:")
    }
    page.close()
