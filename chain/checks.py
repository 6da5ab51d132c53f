"""What a comparison of chain and database is made of, and who makes the parts.

A check reads what the database says, at one moment and without a network, and returns a function
that compares it with the chain. Apps register theirs in AppConfig.ready:

    checks.register("pools", reconciling.pools, Family.MARKETS)
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

from chain.events import Family
from chain.models import Cursor, Finding
from chain.profiles import Profile

if TYPE_CHECKING:
    from chain.views import View

Kind = Finding.Kind


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is one thing on the chain and another in the database."""

    kind: Kind
    # The same for the same thing in every comparison: "reserves of pool 1".
    subject: str
    on_chain: object
    in_database: object
    market_id: int | None = None
    # Where to look: block, log, owner. A check looks there again as long as the finding is open.
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """One state of the database, and the final block at which it is compared."""

    now: datetime
    cursor: Cursor
    profile: Profile
    block: int
    block_hash: str
    # The block of the comparison before this one; None: it is the first.
    previous: int | None
    # Open findings: what they are about is looked at again, whatever else is.
    suspects: Sequence[Finding]
    # Where not everything can be looked at.
    chance: Random


@dataclass(slots=True)
class Part:
    """What one check has read: how much of what, and how to compare it."""

    compared: dict[str, int]
    compare: Callable[["View"], Iterable[Difference]]


Check = Callable[[Moment], Part]

_checks: dict[str, tuple[Family, Check]] = {}


def register(name: str, check: Check, family: Family) -> None:
    """Make this check a part of every comparison of such a contract."""
    assert name not in _checks, f"There is a check called {name!r} already."
    _checks[name] = family, check


def registered(family: Family) -> list[Check]:
    """Return what was registered for a family, in that order."""
    return [check for wanted, check in _checks.values() if wanted == family]
