"""A streaming replica of a running database: a copy of its files that follows its log."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kmarket import embedded, embedded_postgres, programs


def copy(data_dir: Path, source: str) -> None:
    """Make a data folder whose server follows the one at `source`, as libpq names it."""
    identity = embedded_postgres._identity()
    cluster = data_dir / "postgres"
    cluster.mkdir(mode=0o700, parents=True)
    embedded_postgres._hand_over(cluster, identity)
    backup = [embedded_postgres._program("pg_basebackup"), "-d", source, "-D", cluster]
    how = ["--checkpoint=fast", "--no-sync", "--write-recovery-conf"]
    done = programs.run([*backup, *how], identity)
    assert done.returncode == 0, done.stderr


@contextmanager
def following(data_dir: Path, source: str) -> Iterator[str]:
    """Run a replica of the server at `source` until the block ends; yield where its sockets are."""
    copy(data_dir, source)
    with embedded.servers(data_dir, durable=False, with_valkey=False):
        yield str(embedded.socket_dir(data_dir))
