"""Prices that change again and again, and when each change was stored."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from markets.models import Market
from oddsfeed.tests.conftest import set_home

JOIN_SECONDS = 60.0


class Downpour:
    """Moves markets, and remembers where they stand."""

    def __init__(self, markets: Sequence[Market]) -> None:
        self.markets = markets
        self.heads = {market.pk: 1 for market in markets}
        # From then on nobody should have to wait for this seq of this market.
        self.stored_at: dict[tuple[int, int], float] = {}
        self.rounds = 0

    def move_all(self, times: int = 1) -> None:
        """Move each market so often, in one transaction for each."""
        self.rounds += 1
        for market in self.markets:
            with transaction.atomic():
                updates = [set_home(market, self._price(number)) for number in range(times)]
            now = time.monotonic()
            for update in updates:
                self.stored_at[market.pk, update.seq] = now
            self.heads[market.pk] = updates[-1].seq

    def _price(self, number: int) -> int:
        # Never the same one twice in a row.
        return 170 + 10 * (self.rounds % 2) + number

    @contextmanager
    def falling(self, *, pause: float) -> Iterator[None]:
        """Move all markets again and again, in a thread, until the block ends."""
        enough = threading.Event()
        failed: list[Exception] = []

        def fall() -> None:
            try:
                while not enough.wait(pause):
                    self.move_all()
            except Exception as exc:
                failed.append(exc)
            finally:
                connection.close()

        thread = threading.Thread(target=fall)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join(JOIN_SECONDS)
        assert not thread.is_alive()
        assert not failed, failed
