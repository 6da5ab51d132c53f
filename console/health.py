"""How the processes are doing, as far as one of them can tell."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from console import chain_health
from kmarket import cache
from oddsfeed import hub, stats

CLOCK_KEY = "console:clock"
CLOCK_BEAT_SECONDS = 5
# So long after its last beat the clock process is taken for gone.
CLOCK_LIFE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Vital:
    """One thing that should be well, and whether it is."""

    name: str | Promise
    is_well: bool
    says: str


def beat(now: datetime) -> None:
    """Say that the clock process runs. The clock calls this."""
    try:
        cache.redis().set(CLOCK_KEY, "", ex=CLOCK_LIFE_SECONDS)
    except cache.RedisAway:
        # Whoever looks finds Redis away, too.
        return


def vitals(now: datetime) -> list[Vital]:
    """Return how database, Redis, clock, sockets and the chain's listener are doing."""
    try:
        started = time.perf_counter()
        left = cache.redis().ttl(CLOCK_KEY)
        millis = (time.perf_counter() - started) * 1000
        others = stats.shared(but={one.id for one in hub.running()})
    except cache.RedisAway:
        away = gettext("away: prices reach sockets late, and nobody signs in")
        unknown = gettext("unknown without Redis")
        return [
            _database(),
            Vital("Redis", is_well=False, says=away),
            Vital(_("Clock"), is_well=False, says=unknown),
            Vital(_("Sockets"), is_well=False, says=unknown),
            *_chain(now),
        ]
    return [
        _database(),
        Vital("Redis", is_well=True, says=gettext("answers in %(ms).1f ms") % {"ms": millis}),
        _clock(left),
        _sockets(others),
        *_chain(now),
    ]


def _chain(now: datetime) -> list[Vital]:
    """Return how the chain's contracts do, where there is a chain."""
    if not settings.CHAIN_RPC_URLS:
        return []
    is_well, says = chain_health.listener(settings.CHAIN_CONTRACT, now)
    vitals = [Vital(_("Chain"), is_well=is_well, says=says)]
    if settings.VAULT_CONTRACT:
        is_well, says = chain_health.vault(now)
        vitals.append(Vital(_("Vault"), is_well=is_well, says=says))
    return vitals


def _database() -> Vital:
    # The page that shows this is made of what it answered.
    return Vital(_("Database"), is_well=True, says=gettext("answers"))


def _clock(left: int) -> Vital:
    """Say how the clock process is, of whose last beat so many seconds are left in Redis."""
    if left < 0:
        says = gettext("not heard for %(seconds)s s: no market closes by itself, no check is made")
        return Vital(_("Clock"), is_well=False, says=says % {"seconds": CLOCK_LIFE_SECONDS})
    ago = CLOCK_LIFE_SECONDS - left
    says = ngettext("heard %(count)s second ago", "heard %(count)s seconds ago", ago)
    return Vital(_("Clock"), is_well=True, says=says % {"count": ago})


def _sockets(others: list[stats.Numbers]) -> Vital:
    ours = [one.numbers() for one in hub.running()]
    total = sum([*ours, *others], start=stats.Numbers())
    is_well = all(one.status == "ok" for one in hub.running())
    says = gettext(
        "%(connections)s connections to %(topics)s markets in %(processes)s processes;"
        " %(healed)s gaps healed, %(slow)s closed as too slow"
    ) % {
        "connections": total.connections,
        "topics": total.topics,
        "processes": len(ours) + len(others),
        "healed": total.healed,
        "slow": total.slow_closes,
    }
    return Vital(_("Sockets"), is_well=is_well, says=says)
