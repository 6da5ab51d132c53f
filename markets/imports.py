"""Matches from a file become markets, found again by their reference and priced once.

What a run applies depends on what the market has already:

| prices | no market yet | a market without prices | a market with prices |
| --- | --- | --- | --- |
| opening | made with the opening | opening | nothing: opening odds are where a market begins |
| closing | made with the closing | closing | closing, unless the last import gave just that |
| both | opening, then closing | opening, then closing | as for closing |

So the same run again changes nothing, in whatever order the runs come, and neither does it undo
what a feed has made of the prices since. Groups that the file leaves out stay as they are. The
start follows the file, except from the future into the past.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Now
from django.db.models.lookups import LessThanOrEqual

from accounts.models import User
from kmarket.errors import DomainError
from kmarket.sentences import Sentence, said
from markets import history, lifecycle, services
from markets.locks import lock_market
from markets.matches import Match
from markets.models import Market, OddsUpdate
from markets.odds import Group, Prices, written

REASON = "import"


class Wanted(StrEnum):
    """Which of a match's prices an import applies."""

    OPENING = "opening"
    CLOSING = "closing"
    BOTH = "both"


class Outcome(StrEnum):
    """What became of a match's market."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Imported:
    """One match's market after its import.

    `changes` says what became different in a market that was there, `skipped` what was left as it
    is, and why.
    """

    market_id: int
    outcome: Outcome
    skipped: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


@transaction.atomic
def import_match(
    match: Match,
    *,
    prices: Wanted,
    shift: timedelta,
    actor: User | None = None,
    reason: str = REASON,
) -> Imported:
    """Make the match's market, or bring it up to date; `shift` is added to the match's start.

    A market that is a pool, pinned, closed, settled or cancelled is left alone, and `skipped` says
    so where that kept something from it.

    Raises:
        NegativeMargin: a price group has an overround below zero; `matches` leaves those out.
    """
    start = match.start_time + shift
    market_id = _find(match)
    if market_id is None:
        try:
            market_id = _create(match, prices=prices, start=start, actor=actor, reason=reason)
        except IntegrityError:
            # Another import has made it since we looked. What it lacks of this one is added.
            market_id = _find(match)
            if market_id is None:
                raise
        else:
            return Imported(market_id, Outcome.CREATED)
    return _update(market_id, match, prices=prices, start=start, actor=actor, reason=reason)


def _find(match: Match) -> int | None:
    found = Market.objects.filter(external_ref=match.external_ref)
    return found.values_list("pk", flat=True).first()


@transaction.atomic
def _create(
    match: Match, *, prices: Wanted, start: datetime, actor: User | None, reason: str
) -> int:
    market = services.create_market(
        league=match.league,
        home_team=match.home,
        away_team=match.away,
        start_time=start,
        prices=match.closing if prices == Wanted.CLOSING else match.opening,
        source=OddsUpdate.Source.IMPORT,
        reason=reason,
        external_ref=match.external_ref,
        actor=actor,
    )
    if prices == Wanted.BOTH and match.closing.groups():
        _price(market.pk, match.closing.groups(), actor=actor, reason=reason)
    return market.pk


def _update(
    market_id: int,
    match: Match,
    *,
    prices: Wanted,
    start: datetime,
    actor: User | None,
    reason: str,
) -> Imported:
    market = lock_market(market_id)
    moved = start != market.start_time
    steps = _price_steps(market, match, prices=prices)
    if not moved and not steps:
        return Imported(market_id, Outcome.UNCHANGED)
    if (why := _hands_off(market)) is not None:
        told = _kept(market, why, start=moved, prices=bool(steps))
        return Imported(market_id, Outcome.UNCHANGED, (told,))

    skipped, changes = [], []
    if moved and _would_close(market, start):
        moved = False
        skipped.append(
            said(
                "market %(market)s: its start stays %(start)s, for %(wanted)s has passed",
                market=market_id,
                start=_shown(market.start_time),
                wanted=_shown(start),
            )
        )
    if moved:
        changes.append(f"start {_shown(market.start_time)} → {_shown(start)}")
        services.edit_market(market_id=market_id, start_time=start, actor=actor, reason=reason)
    present = history.present_prices(market)
    for groups in steps:
        try:
            if _price(market_id, groups, actor=actor, reason=reason):
                changes += _moves(present, groups)
                present = present.changed(groups)
        except DomainError as exc:
            skipped.append(
                said(
                    "market %(market)s: its prices stay. %(refusal)s",
                    market=market_id,
                    refusal=said(exc.message),
                )
            )
    outcome = Outcome.UPDATED if changes else Outcome.UNCHANGED
    return Imported(market_id, outcome, tuple(skipped), tuple(changes))


def _price_steps(market: Market, match: Match, *, prices: Wanted) -> list[dict[str, Group]]:
    """Return the changes of price that the table above asks for, each to be an update."""
    present = history.present_prices(market)
    steps = []
    if prices != Wanted.CLOSING and not present.groups():
        steps.append(match.opening.groups())
    if prices != Wanted.OPENING and not _has_had(market, match.closing, present=present):
        steps.append(match.closing.groups())
    return [groups for groups in steps if groups]


def _has_had(market: Market, prices: Prices, *, present: Prices) -> bool:
    """Tell whether these prices stand, or stood when an import last gave any."""
    if prices.groups().items() <= present.groups().items():
        return True
    imports = market.updates.filter(source=OddsUpdate.Source.IMPORT)
    last = imports.order_by("-seq").first()
    return last is not None and prices.groups().items() <= last.prices.groups().items()


def _hands_off(market: Market) -> str | None:
    """Return why an import may not touch a market, None where it may."""
    if market.is_pool:
        return "a pool"
    if market.status not in lifecycle.PRICEABLE:
        return market.status
    return None if market.pinned_at is None else "pinned"


def _kept(market: Market, why: str, *, start: bool, prices: bool) -> Sentence:
    """Say what a market that an import may not touch keeps."""
    kept = its_prices = said("its prices stay")
    if start:
        kept = its_start = said("its start stays %(start)s", start=_shown(market.start_time))
        if prices:
            kept = said("%(start)s, %(prices)s", start=its_start, prices=its_prices)
    return said(
        "market %(market)s is %(why)s: %(kept)s", market=market.pk, why=said(why), kept=kept
    )


def _would_close(market: Market, start: datetime) -> bool:
    """Tell whether this start has passed, while the market's own is still to come."""
    # A closed market is never opened again, and a shift that somebody forgot to repeat would
    # close every market of the file.
    to_come = Market.objects.filter(pk=market.pk, start_time__gt=Now())
    return to_come.filter(LessThanOrEqual(Value(start), Now())).exists()


def _moves(before: Prices, groups: Mapping[str, Group]) -> list[str]:
    """Return each group that differs from before, as "total line 2.5, … → line 3, …"."""
    known = before.groups()
    return [
        f"{name} {written(known[name])} → {written(group)}"
        if name in known
        else f"{name} {written(group)}"
        for name, group in groups.items()
        if known.get(name) != group
    ]


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _price(market_id: int, groups: Mapping[str, Group], *, actor: User | None, reason: str) -> bool:
    update = services.set_odds(
        market_id=market_id,
        changes=groups,
        actor=actor,
        source=OddsUpdate.Source.IMPORT,
        reason=reason,
        # Closing odds may be far from opening ones: that is what they are there to say.
        force=True,
    )
    return update is not None
