"""Moves the demo's odds, so that there is something to see."""

import logging
import random
import signal
import threading
import time
from argparse import ArgumentTypeError
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from psycopg_pool import PoolTimeout

from kmarket import arguments
from kmarket.errors import DomainError
from markets import selectors, services
from markets.lifecycle import MarketStatus
from markets.locks import lock_market
from markets.models import Market, OddsUpdate
from oddsfeed import walk

logger = logging.getLogger(__name__)

DEMO_REF = "demo:"
# Markets open and close: so often we look which there are.
LOOK_SECONDS = 5.0
RETRY_SECONDS = 1.0
RATE_MAX = 1000


class Command(BaseCommand):
    help = (
        "Move the odds of the demo's markets (external_ref demo:…) in small steps, until SIGTERM."
        " Markets that are pinned, suspended or closed are left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rate", type=_rate, default=2.0, help="updates a second, over all")
        parser.add_argument(
            "--markets", type=arguments.number, default=50, help="how many markets at most"
        )
        parser.add_argument("--seed", type=int, default=None, help="for the same steps again")

    def handle(
        self, *args: Any, rate: float, markets: int, seed: int | None, **options: Any
    ) -> str:
        stop = threading.Event()

        def end(number: int, frame: FrameType | None) -> None:
            stop.set()

        before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
        feed = DemoFeed(random.Random(seed), markets_max=markets)  # noqa: S311 (no secret)
        try:
            moves = feed.run(rate=rate, stop=stop)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return f"Moved odds {moves} times."


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= RATE_MAX:
        raise ArgumentTypeError(f"a number above 0, up to {RATE_MAX}, not {text!r}")
    return rate


class DemoFeed:
    """The steps of the demo's odds, one after the other."""

    def __init__(self, dice: random.Random, *, markets_max: int) -> None:
        self._dice = dice
        self._markets_max = markets_max

    def run(self, *, rate: float, stop: threading.Event) -> int:
        """Make `rate` moves a second until `stop`, between two moves; return how many."""
        moves = 0
        database_up = True
        market_ids: list[int] = []
        looked = next_move = time.monotonic() - LOOK_SECONDS
        while not stop.wait(max(0.0, next_move - time.monotonic())):
            now = time.monotonic()
            # What could not be done in time isn't made up for.
            next_move = max(next_move + 1 / rate, now)
            close_old_connections()
            try:
                if now - looked >= LOOK_SECONDS or not market_ids:
                    market_ids, looked = self.movable(), now
                if market_ids:
                    moves += self.move(self._dice.choice(market_ids))
                else:
                    next_move = now + RETRY_SECONDS
                database_up = True
            except (OperationalError, InterfaceError, PoolTimeout) as exc:
                if database_up:
                    # Once for each outage.
                    logger.warning("The demo's odds stand still: %s", exc)
                database_up = False
                next_move = now + RETRY_SECONDS
        return moves

    def movable(self) -> list[int]:
        """Return the demo's markets that a feed may price now, soonest first."""
        found = Market.objects.filter(
            external_ref__startswith=DEMO_REF, status=MarketStatus.ACTIVE, pinned_at=None
        )
        ids = found.order_by("start_time", "pk").values_list("pk", flat=True)
        return list(ids[: self._markets_max])

    def move(self, market_id: int) -> bool:
        """Make one step in one market; tell whether a price changed."""
        try:
            with transaction.atomic():
                # Locked before it is looked at: nobody suspends it in between.
                market = lock_market(market_id)
                if market.status != MarketStatus.ACTIVE:
                    return False
                present = selectors.current_update(market)
                update = services.set_odds(
                    market_id=market_id,
                    changes=walk.step(present.prices, self._dice) if present else {},
                    actor=None,
                    source=OddsUpdate.Source.FEED,
                )
        except DomainError as refusal:
            # Pinned meanwhile, or gone: it stays as it is.
            logger.debug("A demo market stays as it is: %s", refusal)
            return False
        return update is not None
