"""Node.js' `ws` as a client, through nginx: e2e/clients/follow.mjs keeps the rule of
docs/odds-feed.md."""

import json
import shutil
import signal
import subprocess
from contextlib import contextmanager

import pytest

from e2e.following import check, closes, last_seq
from e2e.house import Wallet
from e2e.stage import restart_each
from kmarket.tests.processes import eventually

pytestmark = [pytest.mark.needs("node"), pytest.mark.needs("nginx"), pytest.mark.timeout(180)]


class Client:
    """A process that follows markets, and what it has told so far."""

    def __init__(self, process, log):
        self.process = process
        self._log = log

    def events(self):
        # The last line may not be whole yet.
        return [json.loads(line) for line in self._log.read_text().split("\n")[:-1]]

    def stands_at(self, stored):
        """Tell whether it has come to the last seq of each market."""
        events = self.events()
        return all(last_seq(events, pk) == max(seqs) for pk, seqs in stored.items())


@pytest.fixture
def follow(node_clients, front, tmp_path):
    """follow(token, *market_ids) → a running client; ended with its block."""

    @contextmanager
    def following(token, *market_ids):
        log = tmp_path / "client.log"
        command = [shutil.which("node"), str(node_clients / "follow.mjs"), front.socket_url]
        with log.open("w") as out:
            process = subprocess.Popen([*command, token, *map(str, market_ids)], stdout=out)
        try:
            yield Client(process, log)
        finally:
            process.kill()
            process.wait()

    return following


def test_it_gets_an_ack_a_snapshot_and_then_each_change_in_order(stage, follow):
    market_id = stage.open_market()
    with follow(stage.guest(), market_id, 5) as client:
        eventually(lambda: client.stands_at({market_id: [1]}))

        for home in (1.81, 1.82, 1.83):
            stage.move(market_id, home)

        eventually(lambda: client.stands_at({market_id: [4]}))
        assert client.events() == [
            {"event": "open", "protocol": "kmarket.v1"},
            {
                "event": "ack",
                "subscribed": [market_id],
                "rejected": [{"market": 5, "reason": "NOT_FOUND"}],
            },
            {"event": "snapshot", "market": market_id, "seq": 1},
            *(
                {"event": "update", "market": market_id, "from": seq, "seq": seq, "home": home}
                for seq, home in [(2, 181), (3, 182), (4, 183)]
            ),
        ]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 1012), (signal.SIGKILL, 1006)], ids=["TERM", "KILL"]
)
def test_it_misses_and_repeats_nothing_when_each_web_process_is_replaced(
    stage, pair, follow, number, code
):
    market_ids = [stage.open_market() for _ in range(3)]
    with follow(stage.guest(), *market_ids) as client:
        eventually(lambda: client.stands_at({pk: [1] for pk in market_ids}))

        with stage.moving(*market_ids) as wait_for:
            restart_each(pair.process.pid, number, wait_for)

        stored = {market_id: stage.stored(market_id) for market_id in market_ids}
        eventually(lambda: client.stands_at(stored))
        events = client.events()

    for market_id, updates in stored.items():
        assert len(updates) > 20
        check(events, market_id, updates)
    assert code in closes(events)
    assert ({"event": "bye"} in events) == (number == signal.SIGTERM)


def test_a_bad_token_ends_it_for_good(stage, follow):
    with follow("no.good.token", 5) as client:
        assert client.process.wait(20) == 0

        assert closes(client.events()) == [4401]


def test_a_session_that_ends_takes_its_socket_along(stage, follow):
    market_id = stage.open_market()
    wallet = Wallet(stage.house)
    wallet.sign_in()
    with follow(wallet.token, market_id) as client:
        eventually(lambda: client.stands_at({market_id: [1]}))

        wallet.post("auth/logout", expect=204)

        assert client.process.wait(5) == 0
        assert client.events()[-1] == {"event": "close", "code": 4401, "reason": "signed out"}
