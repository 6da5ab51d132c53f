"""docs/backup.md, walked through on a house with money in it: the very commands."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
import pytest

from e2e.running import ROOT, environment, with_tables
from kmarket import embedded, embedded_postgres

pytestmark = pytest.mark.timeout(300)

FENCE = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)
COMMANDS = ("dump", "beside", "archive", "base", "switch", "put back", "look")
# Bets are taken, and what they cost is known.
FILL = """
from datetime import datetime, timedelta, UTC
from accounts.models import Role, User
from betting import services as betting
from markets import services as markets
from markets.odds import Moneyline, Odds, Prices

trader = User.objects.create_superuser("trader", password="a long password")
address = "0x" + "a" * 40
alice = User.objects.create_user(address, address=address, role=Role.USER)
betting.credit(user=alice, amount=1000, actor=None, reason="to begin with")
prices = Prices(moneyline=Moneyline(Odds(185), Odds(210)))
start = datetime.now(tz=UTC) + timedelta(days=1)
market = markets.create_market(
    league="NBA", home_team="A", away_team="B", start_time=start, actor=trader, prices=prices
)
for stake in (100, 50):
    betting.place_order(
        user=alice, market_id=market.pk, option=1, stake=stake, seen_odds=Odds(185),
        now=datetime.now(tz=UTC),
    )
"""


class Place:
    """A database server of its own, and the environment in which the page's commands run."""

    def __init__(self, folder):
        self.folder = with_tables(folder / "data")
        self.backups = folder / "backups"
        (self.backups / "wal").mkdir(parents=True)
        sockets = str(embedded.socket_dir(self.folder))
        beside = f"postgresql://kmarket@{quote(sockets, safe='')}"
        programs = embedded_postgres._program("psql").parent
        self.env = environment(self.folder) | {
            # manage.py by the Python that runs this; PostgreSQL's programs of the same version.
            "PATH": f"{os.path.dirname(sys.executable)}:{programs}:{os.environ['PATH']}",
            "PGHOST": sockets,
            "PGUSER": "kmarket",
            "PGDATABASE": "kmarket",
            "PGDATA": str(self.folder / "postgres"),
            "BACKUPS": str(self.backups),
            "JWT_SECRET": "for tests only: thirty-two bytes or more",
            "DATABASE_URL": f"{beside}/kmarket",
            "DATABASE_URL_BESIDE": beside,
        }
        blocks = FENCE.findall((ROOT / "docs/backup.md").read_text(encoding="utf-8"))
        self.commands = dict(zip(COMMANDS, blocks, strict=True))

    @contextmanager
    def postgres(self):
        with embedded.servers(self.folder, with_valkey=False):
            yield

    def walk(self, name, **env):
        """Run one block of the page."""
        command = ["bash", "-euo", "pipefail", "-c", self.commands[name]]
        done = subprocess.run(
            command, cwd=ROOT, env=self.env | env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, query, database="kmarket"):
        with psycopg.connect(host=self.env["PGHOST"], user="kmarket", dbname=database) as asked:
            return asked.execute(query).fetchone()

    def fill(self):
        words = [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", FILL]
        subprocess.run(words, cwd=ROOT, env=self.env, check=True)

    def state(self, database="kmarket"):
        """What there is: bets, what is staked, and the sum of what everybody has."""
        return self.ask(
            "SELECT (SELECT count(*) FROM betting_order), (SELECT sum(stake) FROM betting_order),"
            " (SELECT sum(available) FROM betting_balance)",
            database,
        )

    def history(self, database="kmarket"):
        """What the epoch is made of (kmarket.epoch)."""
        return self.ask(
            "SELECT (SELECT timeline_id FROM pg_control_checkpoint()),"
            " (SELECT oid FROM pg_database WHERE datname = current_database())",
            database,
        )


@pytest.fixture
def place(tmp_path):
    # The folder of the server's user; it reads and writes backups as that one.
    os.chmod(tmp_path, 0o755)
    place = Place(tmp_path)
    if os.geteuid() == 0:
        # PostgreSQL itself writes the log there, as whoever it runs as.
        shutil.chown(place.backups / "wal", place.folder.owner())
        os.chmod(place.backups / "wal", 0o777)
    return place


def test_a_dump_and_a_moment_of_the_past_come_back_and_balance(place):
    with place.postgres():
        place.fill()
        full = place.state()
        assert full == (2, 150, 850)
        place.walk("dump")
        said = place.walk("beside")
        assert place.state("kmarket_restored") == full
        # Clients know that it is another one.
        assert place.history("kmarket_restored") != place.history()
        assert "The books balance." in said
        place.walk("archive")

    with place.postgres():
        place.walk("base")
        assert (place.backups / "base/backup_manifest").exists()
        # After the base backup, so that only the log has it.
        place.ask("UPDATE markets_market SET home_team = 'C' RETURNING 1")
        (moment,) = place.ask("SELECT clock_timestamp()::text")
        before = place.history()
        place.ask("UPDATE betting_balance SET available = 7 RETURNING 1")
        assert place.state() != full
        place.walk("switch")

    place.walk("put back", MOMENT=moment)
    with place.postgres():
        said = place.walk("look")
        assert place.state() == full
        assert place.ask("SELECT home_team FROM markets_market") == ("C",)
        assert place.history() != before
        assert "The books balance." in said
        # It takes what comes.
        place.ask("UPDATE markets_market SET home_team = 'D' RETURNING 1")
