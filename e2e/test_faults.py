"""A house whose parts fail, one after the other, under clients of every kind.

What each of them is told meanwhile is what docs/faults.md says. Afterwards all is well without
anybody's help, and nothing that was acknowledged is lost or doubled.
"""

import json
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta

import psutil
import psycopg
import pytest

from e2e import clocks, faults, visitors
from e2e.faults import POSTGRES, VALKEY, last
from e2e.house import Wallet
from e2e.lingerers import KINDS, TRICKLING
from e2e.running import ROOT, START_SECONDS_MAX
from e2e.scene import FOLLOWERS, set_up
from kmarket.tests.processes import eventually, is_alive
from kmarket.tests.proof import SLACK, cases, takes_its_time
from kmarket.tests.test_postgres import ENDLESS

pytestmark = takes_its_time

RECOVERY_SECONDS_MAX = 10.0 * SLACK
ROUNDS = cases(1, 10)
PAGE = ROOT / "docs" / "faults.md"
# How long a fault lasts that doesn't end by itself: until everybody has been told often enough.
SHORT, LONG = 2.0 * SLACK, 7.0 * SLACK
# As the page has it.
VANISHED_SECONDS_MAX = 45.0 + SHORT
# So far a clock jumps. If the database's went back an hour, what it writes would be backdated for
# the audit.
HOURS, MINUTES = 2 * 3600, 25 * 60
# Longer than the clock process waits before it looks what is to be closed.
CLOSING = 1.5 * SLACK
# Who waits for a table.
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND NOT granted"


@contextmanager
def jumps(scene, whose, seconds):
    """A clock jumps ahead, then back, and then is right again."""
    with scene.clocks.ahead(whose, seconds):
        last(SHORT / 2)
    with scene.clocks.ahead(whose, -seconds):
        last(SHORT / 2)
    yield


# As the table names them. Those who linger first: by the end the house has noticed.
FAULTS = {
    "a web process killed": (lambda scene: faults.web_process_killed(scene.running), 0),
    "half-open sockets": (lambda scene: scene.half_open(), SHORT),
    "slow-loris": (lambda scene: scene.slow_loris(), SHORT),
    "clocks of the web hosts jump": (lambda scene: jumps(scene, clocks.HOSTS, HOURS), 0),
    "the database's clock jumps": (lambda scene: jumps(scene, clocks.DATABASE, MINUTES), 0),
    "Valkey killed": (lambda scene: faults.killed(scene.running, VALKEY), 0),
    "Valkey stopped and started": (
        lambda scene: faults.killed(scene.running, VALKEY, signal.SIGTERM),
        0,
    ),
    "Valkey paused": (lambda scene: faults.paused(scene.running, VALKEY), SHORT),
    "Valkey full": (lambda scene: faults.full(scene.running), SHORT),
    "PostgreSQL killed": (lambda scene: faults.killed(scene.running, POSTGRES), 0),
    "PostgreSQL stopped and started": (
        lambda scene: faults.killed(scene.running, POSTGRES, signal.SIGINT),
        0,
    ),
    "PostgreSQL paused": (lambda scene: faults.paused(scene.running, POSTGRES), LONG),
    "PostgreSQL out of connections": (
        lambda scene: faults.out_of_connections(scene.running),
        LONG,
    ),
    "disk of the data folder full": (lambda scene: faults.disk_full(scene.running), LONG),
}
ON_A_SMALL_DISK = "disk of the data folder full"
# After these it is looked whether listener, clock and feed go on.
WAITED_FOR = {"Valkey paused", "PostgreSQL killed", "PostgreSQL paused", ON_A_SMALL_DISK}
NEEDED = {
    "clocks of the web hosts jump": pytest.mark.needs("compiler"),
    "the database's clock jumps": pytest.mark.needs("compiler"),
    "half-open sockets": pytest.mark.needs("filters"),
}


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
    with set_up(tmp_path_factory.mktemp("faults")) as scene:
        yield scene


def test_the_table_tells_of_each_fault_once():
    assert list(promised()) == list(FAULTS)


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=NEEDED.get(name, ())) for name in FAULTS]
)
def test_all_are_told_what_the_page_says_and_are_well_again_soon(scene, name, number):
    if name == ON_A_SMALL_DISK and not scene.has_small_disk:
        pytest.skip("this machine mounts no small disk for us")
    begin, seconds = FAULTS[name]
    expected = promised()[name]

    since = time.monotonic()
    with begin(scene):
        # What begins by and by has begun by now.
        since = time.monotonic() if seconds else since
        last(seconds)
        until = time.monotonic()
    over = time.monotonic()
    scene.all_well(since=over, seconds=RECOVERY_SECONDS_MAX)

    # What ends by itself is over when nobody is refused any more.
    until = until if seconds else time.monotonic()
    for visitor in scene.visitors:
        _check(visitor, expected, since, until, lasts=bool(seconds))
    well = max(visitor.last_bad_after(over) for visitor in scene.visitors) - over
    print(f"{name}: well after {well:.1f} s; the longest answers:", _longest(scene, since))
    assert well < RECOVERY_SECONDS_MAX
    _followers_catch_up(scene)
    if name in WAITED_FOR:
        _processes_go_on(scene)


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


def _processes_go_on(scene):
    """Listener, clock and feed do something that they hadn't done yet."""
    _, sealed, moved = scene.progress()
    scene.listening.trade()
    eventually(
        lambda: all(
            now >= then
            for now, then in zip(
                scene.progress(), (scene.listening.head, sealed + 1, moved + 1), strict=True
            )
        ),
        seconds=RECOVERY_SECONDS_MAX,
    )


def test_who_trickles_is_sent_away_in_time(scene):
    eventually(lambda: all(one.is_over for one in scene.loris), seconds=25 * SLACK)
    for loris in scene.loris:
        print({kind: f"{max(lasted):.1f} s" for kind, lasted in loris.lasted.items()})
        for kind, (_, seconds) in KINDS.items():
            assert len(loris.lasted[kind]) == TRICKLING
            assert max(loris.lasted[kind]) < seconds + SHORT, kind


@pytest.mark.needs("filters")
def test_who_vanished_is_forgotten_in_time(scene):
    eventually(lambda: all(one.is_over for one in scene.vanished), seconds=VANISHED_SECONDS_MAX)
    for vanished in scene.vanished:
        print(f"forgotten after {vanished.lasted[0]:.1f} to {vanished.lasted[-1]:.1f} s")
        assert vanished.lasted[-1] < VANISHED_SECONDS_MAX

    def counted():
        return scene.stage.operator.get("ws/health")["total"]["connections"]

    # The crowd, and whichever visitors are there just now.
    eventually(lambda: FOLLOWERS <= counted() <= FOLLOWERS + 2)


@pytest.mark.needs("compiler")
def test_what_hosts_with_wrong_clocks_give_out_is_good_everywhere_and_as_long_as_ever(scene):
    for seconds in (HOURS, -HOURS):
        guest = Wallet(scene.house)
        with scene.clocks.ahead(clocks.HOSTS, seconds):
            guest.token = guest.post("session")["token"]
            tokens = [guest.get("ws/token")["token"] for _ in range(2)]
            assert _can_follow(scene, tokens[0])
        # By now all clocks are right.
        assert _can_follow(scene, tokens[1])
        lives = guest.get("session/me")["expiresAt"] / 1000 - time.time()
        assert 0 < 15 * 60 - lives < RECOVERY_SECONDS_MAX


def _can_follow(scene, token):
    return visitors.handshake(scene.house, token, scene.market_id)(None) == "ack"


@pytest.mark.needs("compiler")
def test_markets_close_by_the_databases_clock_and_no_other(scene):
    wallet = scene.bettor.wallet

    def status(market_id):
        return wallet.get(f"markets/{market_id}")["market"]["status"]

    soon = scene.stage.open_market(starts_in=timedelta(minutes=15))
    with scene.clocks.ahead(clocks.HOSTS, HOURS):
        last(CLOSING)
        first = _bet(wallet, soon)["orderId"]
    with scene.clocks.ahead(clocks.DATABASE, -MINUTES):
        # It begins at once, but for the database.
        begun = scene.stage.open_market(starts_in=timedelta(0))
        last(CLOSING)
        assert _bet(wallet, begun)["orderId"] < first
    eventually(lambda: status(begun) == "closed")
    with scene.clocks.ahead(clocks.DATABASE, MINUTES):
        eventually(lambda: status(soon) == "closed")
    for market_id in (soon, begun):
        assert _bet(wallet, market_id, expect=409)["reason"] == "MARKET_NOT_OPEN"


def _bet(wallet, market_id, expect=201):
    bet = {"marketId": market_id, "option": 1, "amount": visitors.STAKE, "odds": 185}
    # Known among the bettor's as one of these.
    bet["clientRef"] = f"apart {market_id}"
    return wallet.post("bets", bet, expect=expect)


def test_a_database_killed_in_the_middle_of_its_work_is_back_and_half_work_is_undone(scene):
    wallet, market_id = scene.bettor.wallet, scene.stage.open_market()
    order = f"bets/{_bet(wallet, market_id)['orderId']}"
    settle = ["settle_market", str(market_id), "--home", "2", "--away", "1"]

    with ExitStack() as stack:
        held, endless = (stack.enter_context(closing(faults.database(scene.running))) for _ in "12")
        threads = stack.enter_context(ThreadPoolExecutor(2))
        held.autocommit = False
        held.execute("LOCK TABLE betting_settlement IN SHARE ROW EXCLUSIVE MODE")
        settling = threads.submit(scene.house.manage, *settle, check=False)
        endless.execute("SET statement_timeout = 0")
        worker = endless.info.backend_pid
        busy = threads.submit(endless.execute, ENDLESS)
        eventually(lambda: scene.count(WAITING), seconds=START_SECONDS_MAX)
        eventually(lambda: psutil.Process(worker).cpu_percent(0.1) > 0)
        with faults.killed(scene.running, POSTGRES):
            over = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            busy.result(RECOVERY_SECONDS_MAX)
        _left_alone(settling.result())
    scene.all_well(since=over, seconds=RECOVERY_SECONDS_MAX)
    assert not is_alive(worker)
    assert wallet.get(order)["status"] == "pending"
    scene.house.manage(*settle)
    assert wallet.get(order)["potentialPayout"] == "1850"


def _left_alone(done):
    """A command without its database ends with 1, and says so in one line."""
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"The database does not answer \(\w+\): .*\n", done.stderr)


def test_a_command_says_in_one_line_that_the_database_is_away(scene):
    with faults.paused(scene.running, POSTGRES):
        done = scene.house.manage("check_ledger", check=False)
    over = time.monotonic()
    _left_alone(done)
    scene.all_well(since=over, seconds=RECOVERY_SECONDS_MAX)


def test_afterwards_nothing_is_lost_or_doubled_and_the_books_balance(scene):
    acknowledged = set(scene.bettor.placed.items())
    stored = {each for each in scene.bettor.stored() if not each[0].startswith("apart")}
    # Each under its own key, and none beside them.
    assert len(stored) == len(dict(stored))
    assert acknowledged <= stored
    assert stored - set(scene.bettor.placed.items()) <= scene.bettor.under_way(stored)

    _followers_catch_up(scene)
    for follower in scene.crowd.followers:
        seqs = sorted(seq for _, seq in follower.known.came_at)
        assert seqs == list(range(seqs[0], seqs[-1] + 1))
    assert scene.count("SELECT count(*) FROM trading_trade") == scene.listening.trades
    scene.house.manage("check_ledger")
    scene.house.manage("check_audit")
    print(f"{len(stored)} bets, {seqs[-1]} updates; a load of {os.getloadavg()[0]:.0f}")
