"""A running kmarket with the demo's operator, and what its database says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from e2e.house import House, Wallet
from e2e.running import Running, with_tables
from kmarket import embedded


@dataclass
class Shop:
    """Where it is, and how one signs in as the demo's operator."""

    url: str
    password: str
    database: psycopg.Connection[Any]

    @property
    def socket_url(self) -> str:
        return House(self.url, {}).socket_url

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return what a query finds in the database that the processes use."""
        return self.database.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> tuple[Any, ...]:
        """Return the one row that a query finds."""
        (found,) = self.rows(query, *values)
        return found

    def user(self, wallet: Wallet) -> int:
        """Return the number of whoever holds a key."""
        address = wallet.account.address.lower()
        number: int = self.row("SELECT id FROM accounts_user WHERE address = %s", address)[0]
        return number

    def wallet(self) -> Wallet:
        """Return somebody with a key, signed in over the API."""
        wallet = Wallet(House(self.url, {}))
        wallet.sign_in()
        return wallet


@contextmanager
def open_shop(folder: Path, **settings: str) -> Iterator[Shop]:
    """Start everything in a folder of its own, with demo markets that stand still."""
    running = Running(with_tables(folder / "data"), DEMO_FEED="off", RATE_LIMIT="off", **settings)
    try:
        running.wait_until_up()
        where = embedded.database_settings(running.data_dir)
        with psycopg.connect(
            host=where["HOST"],
            port=where["PORT"],
            user=where["USER"],
            dbname=where["NAME"],
            autocommit=True,
        ) as database:
            yield Shop(f"http://{running.host}", running.password, database)
    finally:
        running.end()
