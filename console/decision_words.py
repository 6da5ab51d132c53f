"""Decisions and what they do, in the operator's language."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from betting.corrections import Adjustments
from betting.decisions import Decision, Kind, Preview, Rows
from betting.grades import Totals
from betting.grading import Result
from betting.models import Proposal, Settlement
from console.templatetags.console import tokens
from console.vocabulary import pair
from markets.models import Market, Option

KINDS: dict[str, Promise] = {
    Kind.SETTLE: _("Settle"),
    Kind.RESETTLE: _("Replace the result"),
    Kind.ROLLBACK: _("Take the result back"),
    Kind.VOID_ORDER: _("Void one order"),
    Kind.VOID_SINCE: _("Void late orders"),
    Kind.VOID: _("Void the whole market"),
    # As settlements are called where only some orders were void.
    Settlement.Kind.VOID_ORDERS: _("Void some orders"),
}
# What each does, for whoever is about to choose.
MEANS: dict[Kind, Promise] = {
    Kind.SETTLE: _("The score is enough. A market that still takes bets is closed first."),
    Kind.RESETTLE: _(
        "Payouts that wait are replaced; claimed ones are adjusted on their owners' balances."
    ),
    Kind.ROLLBACK: _("The market is closed again, and its orders wait for another result."),
    Kind.VOID_ORDER: _("Its stake can be claimed back; the market goes on."),
    Kind.VOID_SINCE: _("Orders placed after a moment get their stakes back; the market goes on."),
    Kind.VOID: _("The market is cancelled for good: every stake can be claimed back."),
}
RESULTS: dict[str, Promise] = {
    Result.WIN: _("won"),
    Result.HALF_WIN: _("half won"),
    Result.PUSH: _("push"),
    Result.HALF_LOSE: _("half lost"),
    Result.LOSE: _("lost"),
    Result.VOID: _("void"),
}
STATES: dict[str, Promise] = {
    Proposal.State.OPEN: _("waits for approval"),
    Proposal.State.APPROVED: _("approved"),
    Proposal.State.WITHDRAWN: _("withdrawn"),
    Proposal.State.STALE: _("stale"),
}
OPTIONS: dict[int, Promise] = {
    Option.Number.HOME: pgettext_lazy("side", "Home"),
    Option.Number.AWAY: pgettext_lazy("side", "Away"),
    Option.Number.DRAW: _("Draw"),
    Option.Number.SPREAD_HOME: _("Spread home"),
    Option.Number.SPREAD_AWAY: _("Spread away"),
    Option.Number.TOTAL_OVER: _("Over"),
    Option.Number.TOTAL_UNDER: _("Under"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """Orders by option and result, to be shown."""

    rows: list[dict[str, Any]]
    totals: Totals


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview, to be shown."""

    preview: Preview
    says: str
    # None: the orders wait for another result.
    after: Table | None
    before: Table | None
    adjustments: Adjustments | None
    debtors: list[tuple[User, int]]


def shown(preview: Preview) -> Shown:
    """Return a preview with its words."""
    effect = preview.effect
    owed = dict(effect.adjustments.debtors) if effect.adjustments else {}
    users = User.objects.in_bulk(owed)
    waits = preview.decision.kind == Kind.ROLLBACK
    return Shown(
        preview=preview,
        says=of(preview.decision),
        after=None if waits else _table(effect.rows, preview.totals),
        before=_table(effect.before, preview.totals_before) if effect.before else None,
        adjustments=effect.adjustments,
        debtors=[(users[user_id], amount) for user_id, amount in owed.items()],
    )


def of(decision: Decision) -> str:
    """Return a decision in one sentence: "Settle: 2-1"."""
    result = decision.result
    about = ""
    if result is not None and result.scores is not None:
        about = "{}-{}".format(*result.scores)
    elif result is not None:
        about = str(OPTIONS[result.winning_option or 0])
    elif decision.kind == Kind.RESETTLE:
        about = gettext("void, every stake goes back")
    elif decision.since is not None:
        about = gettext("placed after %(moment)s") % {"moment": decision.since.isoformat()}
    elif decision.order_id is not None:
        about = str(decision.order_id)
    title = str(KINDS[decision.kind])
    return pair(title, about) if about else title


def of_settlement(settlement: Settlement) -> str:
    """Return in one sentence what a decision did."""
    says = gettext("%(decision)s: %(orders)s orders, %(staked)s staked, %(paid)s to pay.")
    return says % {
        "decision": KINDS[settlement.kind],
        "orders": settlement.order_count,
        "staked": tokens(settlement.staked),
        "paid": tokens(settlement.paid_out),
    }


def sides(market: Market) -> list[tuple[int, str]]:
    """Return what may win a market, by number."""
    offered = set(market.options.values_list("number", flat=True))
    names = [
        (int(Option.Number.HOME), pair(OPTIONS[Option.Number.HOME], market.home_team)),
        (int(Option.Number.AWAY), pair(OPTIONS[Option.Number.AWAY], market.away_team)),
    ]
    if Option.Number.DRAW in offered:
        names.append((int(Option.Number.DRAW), str(OPTIONS[Option.Number.DRAW])))
    return names


def proposals(found: Iterable[Proposal]) -> list[dict[str, Any]]:
    """Return proposals with their words."""
    return [
        {
            "proposal": proposal,
            "says": of(Decision.of_terms(proposal.decision)),
            "state": STATES[proposal.state],
        }
        for proposal in found
    ]


def _table(rows: Rows, totals: Totals) -> Table:
    worded = [
        {**row, "option": OPTIONS[row["option"]], "result": RESULTS[row["result"]]} for row in rows
    ]
    return Table(worded, totals)
