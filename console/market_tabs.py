"""What there is to read about a market, newest first: orders, entries, prices, the audit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import AdminAction
from betting.models import LedgerEntry, Order
from kmarket.ids import number_of
from markets.models import HeldPrice, Market, OddsUpdate

ROWS_MAX = 50


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of rows: who may read them, which they are, and what tells where a page ends."""

    name: str
    title: str | Promise
    permission: str
    rows: Callable[[Market], QuerySet[Any]]
    key: str = "id"
    # Whether there may be such rows of a pool: bets on it there are none.
    of_pools: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The chosen tab with some of its rows."""

    tab: Tab
    rows: list[Any]
    is_first: bool
    older: int | None  # the key to ask from for the next page

    @property
    def template(self) -> str:
        return f"console/tabs/{self.tab.name}.html"


def _orders(market: Market) -> QuerySet[Any]:
    return Order.objects.filter(market=market).select_related("user")


def _ledger(market: Market) -> QuerySet[Any]:
    return LedgerEntry.objects.filter(market=market).select_related("user")


def _audit(market: Market) -> QuerySet[Any]:
    kind = ContentType.objects.get_for_model(Market)
    found = AdminAction.objects.filter(target_type=kind, target_id=str(market.pk))
    return found.select_related("actor")


def _updates(market: Market) -> QuerySet[Any]:
    return OddsUpdate.objects.filter(market=market).select_related("changed_by")


def _held(market: Market) -> QuerySet[Any]:
    return HeldPrice.objects.filter(market=market).select_related("feed")


TABS = (
    Tab("orders", _("Orders"), "betting.view_order", _orders),
    Tab("ledger", _("Ledger"), "betting.view_ledgerentry", _ledger),
    Tab("prices", _("Prices"), "markets.view_oddsupdate", _updates, key="seq", of_pools=True),
    Tab("held", _("Held feed prices"), "markets.view_heldprice", _held, key="market_id"),
    Tab("audit", _("Audit"), "accounts.view_adminaction", _audit, of_pools=True),
)


def readable(request: HttpRequest, market: Market) -> list[Tab]:
    """Return the tabs that this market has and this operator may read."""
    tabs = [tab for tab in TABS if tab.of_pools or not market.is_pool]
    return [tab for tab in tabs if request.user.has_perm(tab.permission)]


def chosen(request: HttpRequest, market: Market) -> Page | None:
    """Return the tab that `tab` names, from below `before` on; None: there is none to read.

    Pages begin below a row, not after so many: no page costs more than the first, and rows that
    are added meanwhile move nothing.

    Raises:
        BadRequest: there is no such tab, or `before` is no number.
        PermissionDenied: the operator may not read that tab.
    """
    mine = readable(request, market)
    name = request.GET.get("tab", "")
    if not name:
        return _page(request, mine[0], market) if mine else None
    tab = next((tab for tab in TABS if tab.name == name), None)
    if tab is None:
        raise BadRequest("There is no such tab.")
    if tab not in mine:
        raise PermissionDenied
    return _page(request, tab, market)


def _page(request: HttpRequest, tab: Tab, market: Market) -> Page:
    rows = tab.rows(market).order_by(f"-{tab.key}")
    before = request.GET.get("before", "")
    if before:
        if (number := number_of(before)) is None:
            raise BadRequest("`before` is the number of a row.")
        rows = rows.filter(**{f"{tab.key}__lt": number})
    found = list(rows[: ROWS_MAX + 1])
    more = len(found) > ROWS_MAX
    shown = found[:ROWS_MAX]
    return Page(tab, shown, not before, getattr(shown[-1], tab.key) if more else None)
