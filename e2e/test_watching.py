"""What a running kmarket tells whoever watches it: each process on its own port, each line an
object."""

import json
import socket
from contextlib import ExitStack

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

from e2e.house import House, Wallet
from e2e.running import Running, environment, with_tables
from e2e.stage import Stage
from kmarket.tests.processes import eventually
from telemetry.tests.test_watching import asked, tell

TOKEN = "only for Prometheus"
WEB, OTHER_WEB, CLOCK = range(3)
# Of a chain that this house hasn't got.
ON_CHAIN = ("kmarket_chain_", "kmarket_vault_")


def ports_in_a_row(count):
    """Return the first of so many free ports."""
    while True:
        with ExitStack() as stack:
            first = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = first.getsockname()[1]
            try:
                for offset in range(1, count):
                    stack.enter_context(socket.create_server(("127.0.0.1", port + offset)))
            except (OSError, OverflowError):
                continue
            return port


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    folder = with_tables(tmp_path_factory.mktemp("watched") / "data")
    settings = {"WORKERS": "2", "DEMO": "off", "RATE_LIMIT": "off", "LOG_FORMAT": "json"}
    settings |= {"METRICS_PORT": str(ports_in_a_row(CLOCK + 1)), "METRICS_TOKEN": TOKEN}
    running = Running(folder, **settings)
    try:
        running.wait_until_up()
        running.metrics_port = int(settings["METRICS_PORT"])
        yield running
    finally:
        running.end()


@pytest.fixture(scope="module")
def stage(watched):
    return Stage.of(House(f"http://{watched.host}", environment(watched.data_dir)))


def ask(watched, process, token=TOKEN):
    url = f"http://127.0.0.1:{watched.metrics_port + process}/metrics"
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"})


def told(watched, *processes):
    """Return {(name, its labels' values): sum over these processes}."""
    sums = {}
    for process in processes:
        for family in text_string_to_metric_families(ask(watched, process).text):
            for each in family.samples:
                key = (each.name, *sorted(each.labels.values()))
                sums[key] = sums.get(key, 0) + each.value
    return sums


def lines(watched):
    """Return what the processes logged: the objects, without run_all's own words around them."""
    said = (line.partition(" | ")[2] for line in watched.said().splitlines())
    return [json.loads(line) for line in said if line.startswith("{")]


def test_what_happens_is_told_by_whoever_did_it(watched, stage):
    market_id = stage.open_market()
    player = Wallet(stage.house)
    player.sign_in()
    bet = {"marketId": market_id, "option": 1, "amount": "10", "odds": 185}
    player.post("bets", bet, expect=409)
    credit = {"amount": "100", "reason": "to begin with"}
    stage.operator.post(f"admin/users/{player.account.address}/credit", credit)
    player.post("bets", bet, expect=201)
    with ExitStack() as stack:
        for _ in range(4):
            protocols = ["kmarket.v1", f"bearer.{player.token}"]
            client = stack.enter_context(connect(stage.house.socket_url, subprotocols=protocols))
            client.send(json.dumps({"type": "subscribe", "markets": [market_id]}))
            client.recv(timeout=10)
            client.recv(timeout=10)
        stage.move(market_id, 1.91)
        webs = eventually(
            lambda: (
                (found := told(watched, WEB, OTHER_WEB))["kmarket_fanout_delay_seconds_count",] > 0
                and found
            )
        )

    assert webs["kmarket_bets_total",] == 1
    assert webs["kmarket_sockets", "ws"] == 4
    assert webs["kmarket_feed_up",] == 2
    assert webs["kmarket_requests_total", "201", "POST", "api/v1/bets"] == 1
    assert webs["kmarket_requests_total", "409", "POST", "api/v1/bets"] == 1
    assert webs["kmarket_request_duration_seconds_count", "api/v1/bets"] == 2
    clock = told(watched, CLOCK)
    assert clock["kmarket_markets", "active"] == 1
    assert clock["kmarket_clock_job_timestamp_seconds", "close markets"] > 1_700_000_000
    assert clock["kmarket_database_up",] == clock["kmarket_redis_up",] == 1


def test_all_that_the_dashboard_and_the_alerts_ask_for_is_told(watched, stage):
    def missing():
        names = {key[0] for key in told(watched, WEB, OTHER_WEB, CLOCK)}
        return {name for name in asked() & tell() - names if not name.startswith(ON_CHAIN)}

    # Before the first decision there is no kind of it; before a job was done, no time of it.
    eventually(lambda: missing() <= {"kmarket_settlements_total"})


def test_nobody_else_is_told(watched):
    assert ask(watched, WEB, token="guessed").status_code == 401
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    public = httpx.get(f"http://{watched.host}/metrics", headers=bearer)
    assert public.status_code == 404
    assert "kmarket_" not in public.text


def test_lines_are_objects_that_name_request_user_and_market(watched, stage):
    market_id = stage.open_market()
    player = Wallet(stage.house)
    player.sign_in()
    answer = httpx.post(
        f"{stage.house.url}/api/v1/bets",
        json={"marketId": market_id, "option": 1, "amount": "10", "odds": 185},
        headers={"Authorization": f"Bearer {player.token}", "X-Request-ID": "a-bet-too-many"},
    )
    assert answer.status_code == 409

    def about():
        return [line for line in lines(watched) if line["request_id"] == "a-bet-too-many"]

    (line,) = eventually(about)
    assert line["message"] == "POST /api/v1/bets 409"
    assert line["market"] == market_id
    # The same whoever asks about: an id, and not the wallet's address.
    assert isinstance(line["user"], int)
    assert player.token not in watched.said()
