"""The main job on a real season: import, watch, bet, settle by the real scores, claim."""

import csv
import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from websockets.sync.client import connect

from betting.tests.test_grading import oracle
from e2e.house import Wallet, running
from kmarket.tests.proof import cases
from tests.season import needs_season, season_csv  # noqa: F401  (a fixture)

MATCHES = 20
# A season has 380. All of them are imported and settled in one process by betting's tests.
LINES = cases(60, 400)
STAKE = 1_000_003  # odd and prime: every division leaves a rest
GAVE = STAKE * 1000


@pytest.fixture(scope="module")
def house():
    with running(WORKERS="2") as house:
        yield house


def options_of(wallet: Wallet, market_id: int) -> list[dict]:
    detail = wallet.get(f"markets/{market_id}")
    return [option for option in detail["market"]["options"] if option["odds"]]


def receive_updates(socket, market_ids: set[int]) -> dict[int, dict]:
    """Read frames until each market had one odds_update."""
    updates: dict[int, dict] = {}
    while updates.keys() < market_ids:
        message = json.loads(socket.recv(timeout=20))
        if message["type"] == "odds_update":
            assert message["marketId"] not in updates, "an update came twice"
            updates[message["marketId"]] = message
    return updates


@pytest.fixture
def part_of_season(season_csv, tmp_path):  # noqa: F811
    """The season's first matches, as its file has them."""
    part = tmp_path / "part.csv"
    lines = season_csv.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    part.write_text("".join(lines[: 1 + LINES]), encoding="utf-8-sig")
    return part


@needs_season
@pytest.mark.timeout(300)
def test_the_main_job(house, part_of_season):
    tomorrow = (datetime.now(tz=UTC) + timedelta(days=1)).isoformat()
    shift = ("--shift-start", tomorrow)
    house.manage("import_matches", str(part_of_season), "--prices", "opening", *shift)

    wallet = Wallet(house)
    wallet.sign_in()
    house.manage("credit", wallet.account.address, str(GAVE), "--reason", "test")
    assert wallet.get("balance") == {"balance": str(GAVE), "owed": "0"}

    listed = wallet.get("markets", pageSize=MATCHES)
    assert listed["total"] > 2 / 3 * LINES
    markets = {row["id"]: row for row in listed["items"]}

    watch_closing_prices(house, wallet, markets, part_of_season, shift)

    orders = place_on_every_option(wallet, markets)
    assert {order["option"] for order in orders.values()} == set(range(1, 8))

    settled = house.manage("import_matches", str(part_of_season), *shift, "--settle")
    assert "settled" in settled.stdout

    won = check_payouts(wallet, markets, orders, part_of_season)
    assert won, "nobody won anything in twenty matches"
    for order_id in won:
        wallet.post(f"bets/{order_id}/claim", expect=200)
        wallet.post(f"bets/{order_id}/claim", expect=409)

    staked = STAKE * len(orders)
    assert wallet.get("balance") == {
        "balance": str(GAVE - staked + sum(won.values())),
        "owed": "0",
    }
    assert house.manage("check_ledger").stdout.startswith("The books balance.")


def watch_closing_prices(house, wallet, markets, season_csv, shift) -> None:  # noqa: F811
    """Subscribe to the markets, import the closing prices, and see each arrive with seq 2."""
    with connect(f"{house.socket_url}?token={wallet.token}") as socket:
        socket.send(json.dumps({"type": "subscribe", "markets": [str(id_) for id_ in markets]}))
        ack = json.loads(socket.recv(timeout=10))
        assert ack["type"] == "ack"
        assert ack["ok"] is True
        assert sorted(ack["subscribed"]) == sorted(markets)
        snapshots = [json.loads(socket.recv(timeout=10)) for _ in markets]
        assert {(s["type"], s["marketId"], s["seq"]) for s in snapshots} == {
            ("snapshot", id_, 1) for id_ in markets
        }

        house.manage("import_matches", str(season_csv), "--prices", "closing", *shift)
        updates = receive_updates(socket, set(markets))
        assert {update["seq"] for update in updates.values()} == {2}


def place_on_every_option(wallet: Wallet, markets: dict[int, dict]) -> dict[int, dict]:
    orders = {}
    for market_id in markets:
        for option in options_of(wallet, market_id):
            bet = {
                "marketId": market_id,
                "option": option["option"],
                "amount": str(STAKE),
                "odds": option["odds"],
            }
            order = wallet.post("bets", bet, expect=201)
            assert order["settled"] is False
            assert order["potentialPayout"] is None
            orders[order["orderId"]] = order
    return orders


def check_payouts(wallet, markets, orders, season_csv) -> dict[int, int]:  # noqa: F811
    """Compare every payout with the oracle's; return what was won, by order."""
    with season_csv.open(encoding="utf-8-sig") as file:
        scores = {
            (row["HomeTeam"], row["AwayTeam"]): (int(row["FTHG"]), int(row["FTAG"]))
            for row in csv.DictReader(file)
        }
    won = {}
    for order_id, placed in orders.items():
        order = wallet.get(f"bets/{order_id}")
        market = markets[order["marketId"]]
        home, away = scores[market["home_team"], market["away_team"]]
        line_q = None if order["line"] is None else int(order["line"] * 4)
        due = oracle(order["option"], line_q, True, home, away, STAKE, placed["odds"])
        assert order["potentialPayout"] == str(due), (market, order)
        assert (order["settled"], order["status"]) == (True, "confirmed")
        if due:
            won[order_id] = due
    return won


def test_an_override_reaches_a_socket_of_another_process(house):
    wallet = Wallet(house)
    wallet.sign_in()
    house.manage("set_role", wallet.account.address, "admin")
    wallet.sign_in()
    start = int((datetime.now(tz=UTC) + timedelta(days=1)).timestamp() * 1000)
    body = {"league": "NBA", "home_team": "Lakers", "away_team": "Warriors"}
    market_id = wallet.post("admin/markets", body | {"start_time": start}, expect=201)["id"]

    with ExitStack() as stack:
        # Connections spread over both processes: enough of them land on each.
        url = f"{house.socket_url}?token={wallet.token}"
        sockets = [stack.enter_context(connect(url)) for _ in range(12)]
        for socket in sockets:
            socket.send(json.dumps({"type": "subscribe", "markets": [market_id]}))
            assert json.loads(socket.recv(timeout=10))["type"] == "ack"
            assert json.loads(socket.recv(timeout=10))["seq"] == 0
        here = wallet.get("ws/health")["process"]["connections"]
        assert here < len(sockets), "all sockets landed on one process"

        override = {
            "market_id": market_id,
            "payload": {"moneyline": {"home": 1.82, "away": 2.15}},
            "reason": "Manual adjustment",
        }
        wallet.post("admin/odds/override", override, expect=201)

        for socket in sockets:
            update = json.loads(socket.recv(timeout=10))
            assert (update["type"], update["seq"]) == ("odds_update", 1)
            assert update["payload"]["moneyline"] == {"home": 1.82, "away": 2.15}
