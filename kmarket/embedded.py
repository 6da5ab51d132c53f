"""PostgreSQL and Valkey without an installation: real servers from two wheels, in a data folder.

    DATA_DIR/lock        held (flock) by the one process that runs the servers
    DATA_DIR/postgres/   the cluster
    DATA_DIR/valkey/     the append-only file
    DATA_DIR/*.log       what the servers said when `running()` ran them

Both listen only on sockets in a private folder of the temporary folder, never on a port. No
Django here: settings.py asks this module where the sockets are.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from kmarket import embedded_postgres, embedded_valkey, programs
from kmarket.programs import CannotStart

# sockaddr_un holds 104 bytes on macOS, 108 on Linux, the closing zero included.
SOCKET_PATH_BYTES_MAX = 103


def socket_dir(data_dir: Path) -> Path:
    """Return the folder of this data folder's sockets, the same in every process of this user.

    Its path is short wherever the data folder lies: a socket's path must be.
    """
    key = f"{os.geteuid()}:{data_dir.resolve()}"
    name = f"kmarket-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    temporary = Path(tempfile.gettempdir())
    longest = temporary / name / f".s.PGSQL.{embedded_postgres.PORT}"
    if len(os.fsencode(longest)) > SOCKET_PATH_BYTES_MAX:
        temporary = Path("/tmp")  # noqa: S108 (what is made there is checked: _own)
    return temporary / name


def redis_url(data_dir: Path) -> str:
    """Return the embedded Valkey's address for redis-py."""
    return f"unix://{quote(str(socket_dir(data_dir) / embedded_valkey.SOCKET))}?db=0"


def database_settings(data_dir: Path) -> dict[str, str]:
    """Return the embedded PostgreSQL's part of Django's DATABASES."""
    return {
        "NAME": embedded_postgres.DATABASE,
        "USER": embedded_postgres.USER,
        "HOST": str(socket_dir(data_dir)),
        "PORT": embedded_postgres.PORT,
    }


@contextmanager
def servers(
    data_dir: Path, *, durable: bool = True, with_postgres: bool = True, with_valkey: bool = True
) -> Iterator[None]:
    """Claim the data folder and run its servers, ready for use, until the block ends.

    Raises:
        CannotStart: another process has the folder, or a server doesn't start on it.
    """
    with claimed(data_dir):
        wanted = prepared(
            data_dir, durable=durable, with_postgres=with_postgres, with_valkey=with_valkey
        )
        with running(data_dir, wanted):
            yield


@contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Keep other processes from running servers on the data folder. Makes it where it is missing.

    A second Valkey would not notice the first: it would take its socket and append to its file.

    Raises:
        CannotStart: another process has it, or it cannot be written.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data_dir / "lock").open("a+")
    except OSError as exc:
        raise _unusable(data_dir, exc) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "of unknown number"
            raise CannotStart(
                f"The data folder {data_dir} is in use by process {holder}:"
                " stop that one, or name another folder in KMARKET_DATA_DIR."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        _own(socket_dir(data_dir))
        try:
            yield
        finally:
            shutil.rmtree(socket_dir(data_dir), ignore_errors=True)


def prepared(
    data_dir: Path, *, durable: bool = True, with_postgres: bool = True, with_valkey: bool = True
) -> list[programs.Server]:
    """Make what the servers need on a claimed data folder, and return how to start them.

    Raises:
        CannotStart: the folder cannot be used; the message says why.
    """
    sockets = socket_dir(data_dir)
    wanted = []
    try:
        if with_postgres:
            wanted.append(embedded_postgres.prepared(data_dir, sockets, durable=durable))
        if with_valkey:
            wanted.append(embedded_valkey.prepared(data_dir, sockets, durable=durable))
        # Nobody listens on what a killed run left here: its servers have been ended.
        for stale in sockets.iterdir():
            stale.unlink()
    except OSError as exc:
        raise _unusable(data_dir, exc) from None
    return wanted


@contextmanager
def running(data_dir: Path, wanted: list[programs.Server]) -> Iterator[None]:
    """Run prepared servers until the block ends; the database exists when it begins.

    Raises:
        CannotStart: one of them ended or was not ready in time; with its own last words.
    """
    with ExitStack() as stack:
        for server in wanted:
            stack.enter_context(programs.running(server, data_dir))
            if server.name == "postgres":
                embedded_postgres.create_database(socket_dir(data_dir))
        yield


def _own(folder: Path) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
    if not private or found.st_uid != os.geteuid():
        raise CannotStart(
            f"{folder} is not a private folder of ours, so no socket is made in it:"
            " remove it, or name another temporary folder in TMPDIR."
        )


def _unusable(data_dir: Path, exc: OSError) -> CannotStart:
    return CannotStart(
        f"The data folder {data_dir} cannot be used ({exc.strerror}):"
        " name another one in KMARKET_DATA_DIR."
    )
