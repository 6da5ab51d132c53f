"""What waits for an operator: queues with counts and links, and how the house is doing."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.access import signed_in
from betting.models import Order
from chain.models import Quarantine
from console import chain_health, checks, health, market_rows, queues
from console.deciding import operator, tried
from console.models import CheckRun
from console.proposals_page import open_proposals
from console.templatetags.console import tokens
from kmarket import cache, replica
from markets.models import Feed, Market
from vault.models import Withdrawal

# Payouts are counted over all orders. What one page has counted serves the next ones for a while.
UNCLAIMED_KEY = "console:unclaimed"
UNCLAIMED_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Queue:
    """One line of the home page. A count of nothing is good news."""

    title: str | Promise
    count: int
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """What is known of one of the house's proofs."""

    kind: str
    title: str | Promise
    run: CheckRun | chain_health.Compared | None
    is_late: bool
    # Where to see more of it; and whether it can be made at once.
    url: str = ""
    may_be_asked: bool = True

    @property
    def is_well(self) -> bool:
        return self.run is not None and self.run.passed and not self.is_late

    @property
    def is_under_way(self) -> bool:
        run = self.run
        if run is None or run.began_at is None:
            return False
        return run.ended_at is None or run.ended_at < run.began_at

    @property
    def is_wanted(self) -> bool:
        """Whether somebody asked for it, and it has not begun since."""
        run = self.run
        if run is None or run.wanted_at is None:
            return False
        return run.began_at is None or run.began_at < run.wanted_at


CHECK_TITLES = {CheckRun.Kind.LEDGER: _("Ledger"), CheckRun.Kind.AUDIT: _("Audit")}


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what the home page shows to this operator: of rows that they may view."""
    now = timezone.now()
    may = request.user.has_perm
    found = [make(now) for permission, make in _queues() if may(permission)]
    if settings.SETTLEMENT_FOUR_EYES and may("markets.settle_market"):
        found.append(_to_approve(request))
    made = _checks(now) if may("console.view_checkrun") else []
    if made:
        found.append(_failed(made))
    return {
        "queues": found,
        "checks": made,
        "may_check": may("console.request_check"),
        "vitals": health.vitals(now),
    }


@require_POST
def check_now(request: HttpRequest, kind: str) -> HttpResponse:
    """Have the clock process make one of the proofs at once."""
    actor = operator(request, "console.request_check")
    if kind not in CheckRun.Kind.values:
        raise BadRequest("There is no such check.")
    tried(
        request,
        lambda: checks.request(kind=CheckRun.Kind(kind), actor=actor),
        done=gettext("It will be checked within seconds; a large book takes minutes."),
    )
    return HttpResponseRedirect(reverse("admin:index"))


def _awaiting_result(now: datetime) -> Queue:
    waiting = queues.awaiting_result(Market.objects.all())
    return Queue(
        title=_("Matches awaiting a result"),
        count=waiting.count(),
        url=_listed("markets_market", waits="result"),
    )


def _near_cap(now: datetime) -> Queue:
    share = {"percent": market_rows.NEAR_CAP_PERCENT}
    return Queue(
        title=_("Liability near its cap"),
        count=queues.near_cap(Market.objects.all()).count(),
        url=_listed("markets_market", waits="cap"),
        note=gettext("the worst score would cost %(percent)s %% of the cap or more") % share,
    )


def _suspended_long(now: datetime) -> Queue:
    minutes = int(queues.SUSPENDED_LONG.total_seconds() // 60)
    return Queue(
        title=_("Suspended for long"),
        count=queues.suspended_long(Market.objects.all()).count(),
        url=_listed("markets_market", waits="suspended"),
        note=gettext("for more than %(minutes)s minutes") % {"minutes": minutes},
    )


def _silent_feeds(now: datetime) -> Queue:
    return Queue(
        title=_("Silent feeds"),
        count=queues.silent(Feed.objects.all()).count(),
        url=_listed("markets_feed", waits="silent"),
        note=gettext("the prices of markets that take bets came from them"),
    )


def _unclaimed(now: datetime) -> Queue:
    counted = _remembered(UNCLAIMED_KEY)
    if counted is None:
        owed = replica.read(_owed)
        counted = [owed["count"], int(owed["sum"] or 0), f"{now:%H:%M:%S}"]
        _remember(UNCLAIMED_KEY, counted, seconds=UNCLAIMED_SECONDS)
    count, total, at = counted
    said = {"sum": tokens(total), "time": f"{at} UTC"}
    return Queue(
        title=_("Unclaimed payouts"),
        count=count,
        url=_listed("betting_order", state__exact="settled", payout__gt="0"),
        note=gettext("%(sum)s in all, at %(time)s") % said,
    )


def _owed(using: str) -> dict[str, Any]:
    unclaimed = Order.objects.using(using).claimable()
    return unclaimed.aggregate(count=Count("pk"), sum=Sum("payout"))


def _quarantined(now: datetime) -> Queue:
    return Queue(
        title=_("Logs of the chain in quarantine"),
        count=Quarantine.objects.unresolved().count(),
        url=_listed("chain_quarantine", resolved_at__isempty="1"),
        note=gettext("trading in their markets pauses"),
    )


def _held(now: datetime) -> Queue:
    return Queue(
        title=_("Withdrawals to release"),
        count=Withdrawal.objects.filter(state=Withdrawal.State.HELD).count(),
        url=_listed("vault_withdrawal", state__exact="held"),
        note=gettext("each waits for two operators"),
    )


def _to_approve(request: HttpRequest) -> Queue:
    return Queue(
        title=_("Proposals to approve"),
        count=open_proposals(signed_in(request)).count(),
        url=reverse("admin:console_proposals"),
    )


def _failed(made: list[Check]) -> Queue:
    return Queue(
        title=_("Failed checks"),
        count=sum(not check.is_well for check in made),
        url=_listed("console_checkrun"),
        note=gettext("found faults, could not be made, or not made for long"),
    )


_QUEUES: tuple[tuple[str, Callable[[datetime], Queue]], ...] = (
    ("markets.view_market", _awaiting_result),
    ("markets.view_market", _near_cap),
    ("markets.view_market", _suspended_long),
    ("markets.view_feed", _silent_feeds),
    ("betting.view_order", _unclaimed),
)
_OF_THE_CHAIN: tuple[tuple[str, Callable[[datetime], Queue]], ...] = (
    ("chain.view_quarantine", _quarantined),
)
_OF_THE_VAULT: tuple[tuple[str, Callable[[datetime], Queue]], ...] = (
    ("vault.release_withdrawal", _held),
)


def _queues() -> Sequence[tuple[str, Callable[[datetime], Queue]]]:
    of_the_chain = _OF_THE_CHAIN if settings.CHAIN_RPC_URLS else ()
    return (*_QUEUES, *of_the_chain, *(_OF_THE_VAULT if settings.VAULT_CONTRACT else ()))


def _listed(model: str, **query: str) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}"


def _checks(now: datetime) -> list[Check]:
    runs = {run.kind: run for run in CheckRun.objects.all()}
    checks_of_all = []
    for kind, title in CHECK_TITLES.items():
        run = runs.get(kind)
        ended = run.ended_at if run else None
        is_late = ended is None or ended < now - checks.LATE
        url = reverse("admin:console_checkrun_change", args=[kind.value]) if run else ""
        checks_of_all.append(Check(kind.value, title, run, is_late, url))
    return checks_of_all + [
        _compared(kind, title, contract, now) for kind, title, contract in _contracts()
    ]


def _contracts() -> Iterator[tuple[str, Promise, str]]:
    """Yield what is compared with the chain."""
    if settings.CHAIN_RPC_URLS:
        yield "chain", _("Chain"), settings.CHAIN_CONTRACT
    if settings.VAULT_CONTRACT:
        yield "vault", _("Vault"), settings.VAULT_CONTRACT


def _compared(kind: str, title: Promise, contract: str, now: datetime) -> Check:
    compared = chain_health.compared(contract)
    is_late = chain_health.is_late(compared, now)
    url = _listed("chain_finding", resolved_at__isempty="1")
    return Check(kind, title, compared, is_late, url, may_be_asked=False)


def _remembered(key: str) -> Any:
    try:
        kept = cache.redis().get(key)
    except cache.RedisAway:
        return None
    return None if kept is None else json.loads(kept)


def _remember(key: str, value: Any, *, seconds: int) -> None:
    try:
        cache.redis().set(key, json.dumps(value), ex=seconds)
    except cache.RedisAway:
        return
