"""A running house with all of its processes at work, and everybody in it."""

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from chain.tests.fake_chain import FakeChain
from chain.tests.fake_contract import CONTRACT, add, buy, create
from chain.tests.fake_node import FakeNode
from e2e import faults, plain, visitors
from e2e.clocks import Clocks
from e2e.house import House, Wallet
from e2e.lingerers import SlowLoris, Vanished
from e2e.running import ROOT, Running, environment, with_tables
from e2e.stage import Stage
from e2e.visitors import Bettor, Mover, Visitor
from kmarket.tests.processes import eventually
from kmarket.tests.proof import SLACK
from oddsfeed.tests.followers import Crowd, Follower

FOLLOWERS = 4
STOP_SECONDS_MAX = 30.0
# As many as find their way to each process, but by a great chance.
NEWCOMERS = 8
SERVERS, SERVERS_SAID = ("postgres ", "valkey "), 40
# Until those of a former round are gone.
LINGER_SECONDS_MAX = 60.0


class Listening:
    """A chain, and the process that listens to it for a house."""

    def __init__(self, running: Running, stack: ExitStack) -> None:
        self._running = running
        self._chain = FakeChain()
        self._chain.mine(create(1), add(1))
        node = stack.enter_context(FakeNode(self._chain, finality=0))
        known = {"CHAIN_RPC_URLS": node.url, "CHAIN_ID": str(self._chain.chain_id)}
        known |= {"CHAIN_CONTRACT": CONTRACT, "CHAIN_START_BLOCK": "1", "CHAIN_POLL_MS": "200"}
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "run_chain_listener"],
            env=environment(running.data_dir) | known,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(self._stop)
        self.trades = 0

    def trade(self) -> None:
        """Have somebody buy, in a block of its own."""
        self._chain.mine(buy(1, amount=1000 + self.trades))
        self.trades += 1

    @property
    def head(self) -> int:
        return self._chain.head.number

    def _stop(self) -> None:
        self.process.terminate()
        self.process.wait(STOP_SECONDS_MAX)


@dataclass
class Scene:
    """The house, who acts there, who comes and asks, and who lingers."""

    running: Running
    stage: Stage
    clocks: Clocks
    has_small_disk: bool
    visitors: list[Visitor]
    bettor: Bettor
    crowd: Crowd
    market_id: int
    listening: Listening
    stack: ExitStack
    vanished: list[Vanished]
    loris: list[SlowLoris]

    @property
    def house(self) -> House:
        return self.stage.house

    @contextmanager
    def slow_loris(self) -> Iterator[None]:
        """Hundreds trickle. They go on when the block is over, until the house ends them."""
        eventually(lambda: all(one.is_over for one in self.loris), seconds=LINGER_SECONDS_MAX)
        self.loris.append(self.stack.enter_context(SlowLoris(self.house)))
        yield

    @contextmanager
    def half_open(self) -> Iterator[None]:
        """Followers vanish. Until the house notices, which takes longer than the block."""
        eventually(lambda: all(one.is_over for one in self.vanished), seconds=LINGER_SECONDS_MAX)
        token = self.stage.guest()
        gone = Vanished(self.house, token, self.market_id)
        self.vanished.append(self.stack.enter_context(gone))
        yield

    def all_well(self, *, since: float, seconds: float) -> None:
        """Wait until everybody gets good answers again, whoever comes anew too.

        Raises:
            AssertionError: somebody doesn't in time; with the last words of the servers.
        """
        until = time.monotonic() + seconds
        try:
            visitors.all_well(self.visitors, since=since, seconds=seconds)
            # A visitor keeps the connection to one process; these go to any.
            eventually(
                lambda: all(self._reads() for _ in range(NEWCOMERS)),
                seconds=until - time.monotonic(),
            )
        except AssertionError as exc:
            lines = self.running.said().splitlines()
            said = [line for line in lines if line.startswith(SERVERS) or " ended with " in line]
            raise AssertionError("\n".join([str(exc), *said[-SERVERS_SAID:]])) from None

    def _reads(self) -> bool:
        return plain.get(f"{self.house.url}/api/v1/markets").is_success

    def count(self, query: str) -> int:
        """Ask the database how many there are."""
        with faults.database(self.running) as asked:
            row = asked.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    def progress(self) -> tuple[int, int, int]:
        """Return how far listener, clock and feed are: a block, a seal, a price."""
        with faults.database(self.running) as asked:
            row = asked.execute(
                "SELECT (SELECT coalesce(max(last_block), 0) FROM chain_cursor),"
                " (SELECT coalesce(max(number), 0) FROM accounts_auditseal),"
                " (SELECT coalesce(max(id), 0) FROM markets_oddsupdate WHERE source = 'feed')"
            ).fetchone()
        assert row is not None
        return row


@contextmanager
def set_up(folder: Path) -> Iterator[Scene]:
    """Start all of it in a folder, and wait until everybody is well."""
    # Thousands of requests, and pytest would keep a line for each.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with ExitStack() as stack:
        has_small_disk = stack.enter_context(faults.small_disk(folder / "disk"))
        clocks = Clocks(folder / "clocks")
        data = with_tables(folder / "disk" / "data")
        running = Running(data, WORKERS="2", RATE_LIMIT="off", **clocks.env)
        stack.callback(running.end)
        running.wait_until_up()
        listening = Listening(running, stack)
        house = House(f"http://{running.host}", environment(data))
        stage = Stage.of(house)
        market_id = stage.open_market()
        wallet = Wallet(house)
        wallet.sign_in()
        wallet.post("faucet")
        bettor = Bettor(wallet, market_id)
        crowd = Crowd(
            [
                Follower(f"{house.socket_url}?token={wallet.token}", [market_id])
                for _ in range(FOLLOWERS)
            ]
        )
        stack.enter_context(crowd)
        asking = _asking(stage, bettor, running.password)
        for visitor in asking:
            stack.enter_context(visitor)
        visitors.all_well(asking, since=0, seconds=30 * SLACK)
        yield Scene(
            running=running,
            stage=stage,
            clocks=clocks,
            has_small_disk=has_small_disk,
            visitors=asking,
            bettor=bettor,
            crowd=crowd,
            market_id=market_id,
            listening=listening,
            stack=stack,
            vanished=[],
            loris=[],
        )


def _asking(stage: Stage, bettor: Bettor, password: str) -> list[Visitor]:
    house, market_id, token = stage.house, bettor.market_id, bettor.wallet.token
    bearer = visitors.bearer(bettor.wallet)
    asks = {
        "hot reads": lambda client: client.get(f"odds/{market_id}"),
        "reads": lambda client: client.get("balance", headers=bearer),
        "bets": bettor.bet,
        "overrides": Mover(stage.operator, market_id).override,
        "sign-in": visitors.sign_in(house),
        "console": visitors.console(house, visitors.console_cookies(house, password)),
        "new sockets": visitors.handshake(house, token, market_id),
        "Socket.IO": visitors.socket_io(house, token, market_id),
    }
    return [Visitor(name, house, ask) for name, ask in asks.items()]
