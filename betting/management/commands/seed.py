"""Make what a newcomer finds: the contract's example markets; with --demo, more and an admin."""

import os
import secrets
from argparse import ArgumentParser
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from kmarket.management.commands.run_all import ADMIN_NAME, LOGIN_FILE
from markets import services
from markets.lifecycle import Event, MarketStatus
from markets.lines import Line
from markets.models import Market, OddsUpdate
from markets.odds import Moneyline, Odds, Prices, Spread, Total

REASON = "seed"
EXAMPLE_STARTS_IN = timedelta(days=1)
PASSWORD_BYTES = 12
TAKES_BETS = (MarketStatus.ACTIVE, MarketStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Example:
    """A market that the contract prints, under the number that it prints."""

    market_id: int
    home: str
    away: str
    odds: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Demo:
    """A market of the demo. A live one is open from the beginning, for as long as its round."""

    name: str
    league: str
    home: str
    away: str
    starts_in: timedelta
    moneyline: tuple[int, ...]
    spread: tuple[str, int, int] | None = None
    total: tuple[str, int, int] | None = None
    live: bool = False

    @property
    def prices(self) -> Prices:
        spread = total = None
        if self.spread is not None:
            line, *odds = self.spread
            spread = Spread(Line.parse(line), *map(Odds, odds))
        if self.total is not None:
            line, *odds = self.total
            total = Total(Line.parse(line), *map(Odds, odds))
        return Prices(Moneyline(*map(Odds, self.moneyline)), spread, total)


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)


# Odds in hundredths; a moneyline is home, away and, in three ways, the draw.
EXAMPLES = (
    Example(1001, "A", "B", (185, 210)),
    Example(1002, "C", "D", (160, 240)),
)
DEMOS = (
    Demo("alcaraz-sinner", "ATP", "Alcaraz", "Sinner", _hours(-0.5), (195, 190), live=True),
    Demo("swiatek-sabalenka", "WTA", "Swiatek", "Sabalenka", _hours(1), (205, 180), live=True),
    Demo(
        *("lakers-warriors", "NBA", "Lakers", "Warriors", _hours(6)),
        moneyline=(182, 215),
        spread=("-3", 192, 188),
        total=("219.5", 190, 190),
    ),
    Demo(
        *("arsenal-chelsea", "EPL", "Arsenal", "Chelsea", _hours(22)),
        moneyline=(180, 450, 370),
        spread=("-0.75", 202, 186),
        total=("2.5", 183, 199),
    ),
    Demo(
        *("celtics-knicks", "NBA", "Celtics", "Knicks", _hours(30)),
        moneyline=(155, 255),
        spread=("-4.5", 191, 191),
        total=("224.5", 190, 192),
    ),
    Demo(
        *("liverpool-man-city", "EPL", "Liverpool", "Man City", _hours(50)),
        moneyline=(245, 275, 350),
        spread=("0", 186, 202),
        total=("3.25", 195, 191),
    ),
    Demo(
        *("real-madrid-barcelona", "La Liga", "Real Madrid", "Barcelona", _hours(76)),
        moneyline=(230, 290, 360),
        spread=("-0.25", 202, 186),
        total=("2.75", 190, 196),
    ),
    Demo(
        *("chiefs-eagles", "NFL", "Chiefs", "Eagles", _hours(125)),
        moneyline=(175, 215),
        spread=("-2.5", 191, 191),
        total=("47.5", 191, 191),
    ),
)


class Command(BaseCommand):
    help = (
        "Make the example markets 1001 and 1002. With --demo, also a round of markets that start"
        " over the coming days (a fresh one once all of a round have begun), and the user admin,"
        " whose password is made once and kept in the data folder. What is there already stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="more markets, and an admin")

    def handle(self, *args: Any, demo: bool, **options: Any) -> str:
        now = timezone.now()
        done = [f"{_add_examples(now)} example markets made."]
        if demo:
            done += [_refresh_demo(now), _ensure_admin(settings.DATA_DIR / LOGIN_FILE)]
        return "\n".join(done)


def _add_examples(now: datetime) -> int:
    numbers = [example.market_id for example in EXAMPLES]
    present = set(Market.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    missing = [example for example in EXAMPLES if example.market_id not in present]
    for example in missing:
        services.create_market(
            market_id=example.market_id,
            league="sports",
            home_team=example.home,
            away_team=example.away,
            start_time=now + EXAMPLE_STARTS_IN,
            prices=Prices(Moneyline(*map(Odds, example.odds))),
            source=OddsUpdate.Source.IMPORT,
            reason=REASON,
            actor=None,
        )
    return len(missing)


@transaction.atomic
def _refresh_demo(now: datetime) -> str:
    """Complete the present round; where nothing of it is still to come, open the next one."""
    number = _latest_round()
    if not _still_to_come(number, now).exists():
        _close_live(number)
        number += 1
    present = set(_round(number).values_list("external_ref", flat=True))
    missing = [demo for demo in DEMOS if _ref(number, demo) not in present]
    hour = now.replace(minute=0, second=0, microsecond=0)
    for demo in missing:
        services.create_market(
            external_ref=_ref(number, demo),
            league=demo.league,
            home_team=demo.home,
            away_team=demo.away,
            start_time=hour + demo.starts_in,
            prices=demo.prices,
            live=demo.live,
            source=OddsUpdate.Source.IMPORT,
            reason=REASON,
            actor=None,
        )
    return f"{len(missing)} demo markets made, round {number}."


def _ref(number: int, demo: Demo) -> str:
    return f"demo:{number}:{demo.name}"


def _latest_round() -> int:
    demos = Market.objects.filter(external_ref__regex=r"^demo:[0-9]+:")
    refs = demos.values_list("external_ref", flat=True)
    return max((int(ref.split(":")[1]) for ref in refs if ref), default=0)


def _round(number: int) -> QuerySet[Market]:
    return Market.objects.filter(external_ref__startswith=f"demo:{number}:")


def _still_to_come(number: int, now: datetime) -> QuerySet[Market]:
    # By the time, not only by the status: the clock may have been off for a week.
    return _round(number).filter(status__in=TAKES_BETS, live=False, start_time__gt=now)


def _close_live(number: int) -> None:
    """End what the clock leaves open: in a week-old round nobody plays anymore."""
    live = _round(number).filter(status__in=TAKES_BETS, live=True)
    for market_id in live.order_by("pk").values_list("pk", flat=True):
        services.change_status(
            market_id=market_id, event=Event.CLOSE, actor=None, reason="the demo's round is over"
        )


def _ensure_admin(file: Path) -> str:
    """Make the demo's operator, and say where the password is. Nobody's password is changed."""
    admin = User.objects.filter(username=ADMIN_NAME).first()
    if admin is None:
        User.objects.create_superuser(ADMIN_NAME, password=_kept_password(file))
        return f"User {ADMIN_NAME} made, password in {file}."
    if not file.exists():
        return f"User {ADMIN_NAME} is there, password unknown here."
    if not admin.check_password(file.read_text(encoding="utf-8").strip()):
        # `run_all` would print it as the one to sign in with.
        file.unlink()
        return f"User {ADMIN_NAME} is there, with another password than {file} had: file removed."
    return f"User {ADMIN_NAME} is there, password in {file}."


def _kept_password(file: Path) -> str:
    """Return the password in the file, made now where there is none."""
    if file.exists() and (kept := file.read_text(encoding="utf-8").strip()):
        return kept
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    file.parent.mkdir(parents=True, exist_ok=True)
    # Written whole under another name first: a crash must not leave half a password.
    draft = file.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(password + "\n", encoding="utf-8")
    draft.replace(file)
    return password
