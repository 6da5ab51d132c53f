"""What clients are tried against: a running kmarket whose odds are moved and processes ended."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil

from e2e.house import House, Wallet
from kmarket.tests.processes import eventually

# The clients that are not Python's.
CLIENTS = Path(__file__).with_name("clients")
# Between two moves. Many fit into the restart of a process.
MOVE_SECONDS = 0.02
# A web process sends its clients away first.
END_SECONDS_MAX = 30.0
MOVES = 40
MOVES_SECONDS_MAX = 60.0


@dataclass
class Stage:
    """A kmarket with an operator."""

    house: House
    operator: Wallet

    @classmethod
    def of(cls, house: House) -> "Stage":
        """Make a wallet its operator."""
        operator = Wallet(house)
        operator.sign_in()
        house.manage("set_role", operator.account.address, "admin")
        operator.sign_in()
        return cls(house, operator)

    def guest(self) -> str:
        """Return a token that may listen."""
        token: str = Wallet(self.house).post("session")["token"]
        return token

    def open_market(self, *, starts_in: timedelta = timedelta(days=1)) -> int:
        """Make a market that starts tomorrow, or when it is said to, priced: seq 1."""
        start = datetime.now(tz=UTC) + starts_in
        body = {"league": "NBA", "home_team": "Lakers", "away_team": "Warriors"}
        body |= {"start_time": int(start.timestamp() * 1000)}
        market_id: int = self.operator.post("admin/markets", body, expect=201)["id"]
        self.move(market_id)
        return market_id

    def move(self, market_id: int, home: float = 1.85) -> int:
        """Override the odds; return the seq."""
        body = {
            "market_id": market_id,
            "payload": {"moneyline": {"home": home, "away": 1.95}},
            "reason": "Manual adjustment",
        }
        seq: int = self.operator.post("admin/odds/override", body, expect=201)["seq"]
        return seq

    @contextmanager
    def moving(self, *market_ids: int) -> Iterator[Callable[[int], None]]:
        """Move these markets in turn until the block ends, whoever is being restarted meanwhile.

        Yields a function that waits for so many more moves.
        """
        done = threading.Event()
        homes: list[float] = []
        bugs: list[BaseException] = []

        def move_on() -> None:
            while not done.wait(MOVE_SECONDS):
                home = 1.8 + len(homes) % 20 / 100
                try:
                    self.move(market_ids[len(homes) % len(market_ids)], round(home, 2))
                    homes.append(home)
                except httpx.TransportError:
                    # Its process has just ended; the next move goes to another one.
                    continue
                except BaseException as bug:
                    bugs.append(bug)
                    return

        def wait_for(count: int) -> None:
            wanted = len(homes) + count
            eventually(lambda: bugs or len(homes) >= wanted, seconds=MOVES_SECONDS_MAX)

        mover = threading.Thread(target=move_on)
        mover.start()
        try:
            yield wait_for
        finally:
            done.set()
            mover.join()
        assert not bugs, bugs

    def stored(self, market_id: int) -> dict[int, int]:
        """Return the home odds of every update of the market, by seq."""
        found: dict[int, int] = {}
        has_more = True
        while has_more:
            page = self.operator.get(
                f"markets/{market_id}/odds/updates", since_seq=max(found, default=0), limit=500
            )
            found |= {item["seq"]: item["payload"]["odds_a"] for item in page["updates"]}
            has_more = page["hasMore"]
        return found


def web_processes(run_all: int) -> list[psutil.Process]:
    """Return the web processes of a `run_all`, those that have become what they are to be."""
    found = []
    for process in psutil.Process(run_all).children():
        try:
            words = process.cmdline()
        except psutil.NoSuchProcess:
            continue
        if "serve" in words and not any("launch.py" in word for word in words):
            found.append(process)
    return found


def restart_each(run_all: int, number: signal.Signals, wait_for: Callable[[int], None]) -> None:
    """Send the signal to each web process in turn; odds move before and after."""
    for process in web_processes(run_all):
        wait_for(MOVES)
        process.send_signal(number)
        process.wait(END_SECONDS_MAX)
        eventually(lambda gone=process: gone not in web_processes(run_all))
    eventually(lambda: len(web_processes(run_all)) > 1)
    wait_for(MOVES)
