"""A house whose parts fail, one after the other, under clients of every kind.

What each of them is told meanwhile is what docs/faults.md says. Afterwards all is well without
anybody's help, and nothing that was acknowledged is lost or doubled.
"""

import json
import logging
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psutil
import psycopg
import pytest

from e2e import faults, visitors
from e2e.faults import POSTGRES, VALKEY, last
from e2e.house import House, Wallet
from e2e.running import ROOT, Running, environment, with_tables
from e2e.stage import Stage
from e2e.visitors import Bettor, Mover, Visitor
from kmarket.tests.processes import eventually, is_alive
from kmarket.tests.proof import SLACK, cases, takes_its_time
from kmarket.tests.test_postgres import ENDLESS
from oddsfeed.tests.followers import Crowd, Follower

pytestmark = takes_its_time

RECOVERY_SECONDS_MAX = 10.0 * SLACK
FOLLOWERS = 4
ROUNDS = cases(1, 10)
PAGE = ROOT / "docs" / "faults.md"
# How long a fault lasts that doesn't end by itself: until everybody has been told often enough.
SHORT, LONG = 2.0 * SLACK, 7.0 * SLACK

# As the table names them.
FAULTS = {
    "Valkey killed": (lambda house: faults.killed(house, VALKEY), 0),
    "Valkey stopped and started": (
        lambda house: faults.killed(house, VALKEY, signal.SIGTERM),
        0,
    ),
    "Valkey paused": (lambda house: faults.paused(house, VALKEY), SHORT),
    "Valkey full": (faults.full, SHORT),
    "PostgreSQL killed": (lambda house: faults.killed(house, POSTGRES), 0),
    "PostgreSQL stopped and started": (
        lambda house: faults.killed(house, POSTGRES, signal.SIGINT),
        0,
    ),
    "PostgreSQL paused": (lambda house: faults.paused(house, POSTGRES), LONG),
    "PostgreSQL out of connections": (faults.out_of_connections, LONG),
    "disk of the data folder full": (faults.disk_full, LONG),
    "a web process killed": (faults.web_process_killed, 0),
}
ON_A_SMALL_DISK = "disk of the data folder full"


@dataclass
class Scene:
    """A running house, and everybody in it."""

    running: Running
    stage: Stage
    has_small_disk: bool
    visitors: list[Visitor]
    bettor: Bettor
    crowd: Crowd
    market_id: int


def promised() -> dict[str, dict[str, str]]:
    """Read the table: for each fault what each column says."""
    rows = [
        [cell.strip() for cell in line.strip("|\n ").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    heads = rows[0]
    table = rows[2 : 2 + len(FAULTS)]
    return {row[0]: dict(zip(heads, row, strict=True)) for row in table}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    # Thousands of requests, and pytest would keep a line for each.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("faults") / "disk"
        has_small_disk = stack.enter_context(faults.small_disk(folder))
        running = Running(with_tables(folder / "data"), WORKERS="2", RATE_LIMIT="off")
        stack.callback(running.end)
        running.wait_until_up()
        yield stack.enter_context(_inhabited(running, has_small_disk))


@contextmanager
def _inhabited(running, has_small_disk):
    house = House(f"http://{running.host}", environment(running.data_dir))
    stage = Stage.of(house)
    market_id = stage.open_market()
    wallet = Wallet(house)
    wallet.sign_in()
    wallet.post("faucet")
    bettor, mover = Bettor(wallet, market_id), Mover(stage.operator, market_id)
    cookies = visitors.console_cookies(house, running.password)
    token = visitors.bearer(wallet)
    asks = {
        "hot reads": lambda client: client.get(f"odds/{market_id}"),
        "reads": lambda client: client.get("balance", headers=token),
        "bets": bettor.bet,
        "overrides": mover.override,
        "sign-in": visitors.sign_in(house),
        "console": visitors.console(house, cookies),
        "new sockets": visitors.handshake(house, wallet.token, market_id),
    }
    all_of_them = [Visitor(name, house, ask) for name, ask in asks.items()]
    url = f"{house.socket_url}?token={wallet.token}"
    crowd = Crowd([Follower(url, [market_id]) for _ in range(FOLLOWERS)])
    with ExitStack() as stack:
        stack.enter_context(crowd)
        for visitor in all_of_them:
            stack.enter_context(visitor)
        visitors.all_well(all_of_them, since=0, seconds=30 * SLACK)
        yield Scene(running, stage, has_small_disk, all_of_them, bettor, crowd, market_id)


def test_the_table_tells_of_each_fault_once():
    assert list(promised()) == list(FAULTS)


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("name", FAULTS)
def test_all_are_told_what_the_page_says_and_are_well_again_soon(scene, name, number):
    if name == ON_A_SMALL_DISK and not scene.has_small_disk:
        pytest.skip("this machine mounts no small disk for us")
    begin, seconds = FAULTS[name]
    expected = promised()[name]

    since = time.monotonic()
    with begin(scene.running):
        # What begins by and by has begun by now.
        since = time.monotonic() if seconds else since
        last(seconds)
        until = time.monotonic()
    over = time.monotonic()
    visitors.all_well(scene.visitors, since=over, seconds=RECOVERY_SECONDS_MAX)

    # What ends by itself is over when nobody is refused any more.
    until = until if seconds else time.monotonic()
    for visitor in scene.visitors:
        _check(visitor, expected, since, until, lasts=bool(seconds))
    well = max(visitor.last_bad_after(over) for visitor in scene.visitors) - over
    print(f"{name}: well after {well:.1f} s; the longest answers:", _longest(scene, since))
    assert well < RECOVERY_SECONDS_MAX
    _followers_catch_up(scene)


def _check(visitor, expected, since, until, *, lasts):
    answers = visitor.between(since, until)
    allowed = set(re.split(", *", expected[visitor.name]))
    told = {answer.said for answer in answers}
    assert told <= allowed, (visitor.name, [one for one in answers if one.said not in allowed])
    if lasts:
        assert visitor.was_told_between(since, until), f"{visitor.name} was told nothing"
    for answer in answers:
        longest = SLACK * float(expected["longest"].removesuffix(" s"))
        assert answer.seconds < longest, (visitor.name, answer)
        if answer.said == "503":
            assert answer.retry_after == "2", (visitor.name, answer)
            assert json.loads(answer.body)["code"] == "SERVICE_UNAVAILABLE"


def _longest(scene, since):
    now = time.monotonic()
    return {
        visitor.name: round(max(one.seconds for one in visitor.between(since, now)), 2)
        for visitor in scene.visitors
    }


def _followers_catch_up(scene):
    """Everybody gets what is stored by now, each seq once and in order."""
    head = scene.stage.operator.get(f"markets/{scene.market_id}/odds/updates")["headSeq"]
    known = [follower.known for follower in scene.crowd.followers]
    eventually(
        lambda: all(one.last[scene.market_id] >= head for one in known),
        seconds=RECOVERY_SECONDS_MAX,
    )
    assert scene.crowd.complaints() == []


def test_a_database_killed_in_the_middle_of_a_long_statement_is_back_all_the_same(scene):
    with faults.database(scene.running) as connection:
        connection.execute("SET statement_timeout = 0")
        worker = connection.info.backend_pid
        with ThreadPoolExecutor(1) as threads:
            busy = threads.submit(connection.execute, ENDLESS)
            eventually(lambda: psutil.Process(worker).cpu_percent(0.1) > 0)
            with faults.killed(scene.running, POSTGRES):
                over = time.monotonic()
            with pytest.raises(psycopg.OperationalError):
                busy.result(RECOVERY_SECONDS_MAX)
        visitors.all_well(scene.visitors, since=over, seconds=RECOVERY_SECONDS_MAX)
    assert not is_alive(worker)


def test_whose_each_process_is_can_be_seen(scene):
    folder = str(scene.running.data_dir)
    for process in psutil.Process(scene.running.process.pid).children(recursive=True):
        try:
            words = " ".join(process.cmdline())
        except psutil.NoSuchProcess:
            continue
        # PostgreSQL's own name has 63 letters.
        assert folder in words or folder[-63:] in words, words


def test_a_command_says_in_one_line_that_the_database_is_away(scene):
    with faults.paused(scene.running, POSTGRES):
        done = scene.stage.house.manage("check_ledger", check=False)
    over = time.monotonic()
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"The database does not answer \(\w+\): .*\n", done.stderr)
    visitors.all_well(scene.visitors, since=over, seconds=RECOVERY_SECONDS_MAX)


def test_afterwards_nothing_is_lost_or_doubled_and_the_books_balance(scene):
    acknowledged = set(scene.bettor.placed.items())
    stored = scene.bettor.stored()
    # Each under its own key, and none beside them.
    assert len(stored) == len(dict(stored))
    assert acknowledged <= stored
    assert stored - set(scene.bettor.placed.items()) <= scene.bettor.under_way(stored)

    _followers_catch_up(scene)
    for follower in scene.crowd.followers:
        seqs = sorted(seq for _, seq in follower.known.came_at)
        assert seqs == list(range(seqs[0], seqs[-1] + 1))
    scene.stage.house.manage("check_ledger")
    scene.stage.house.manage("check_audit")
    print(f"{len(stored)} bets, {seqs[-1]} updates; a load of {os.getloadavg()[0]:.0f}")
