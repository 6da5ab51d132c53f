"""The console's pages of models. Each app's own admin knows only its own models; these know all.

An app's page is imported first, so that it is registered before it is replaced here.
"""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model

from accounts.models import AdminAction, Session, User
from betting.models import (
    Balance,
    LedgerEntry,
    Order,
    OrderClaim,
    PersonalLimits,
    Proposal,
    Settlement,
)
from console import people, records
from console.feed_list import FeedList
from console.market_list import MarketList
from console.market_page import MarketPage
from console.models import CheckRun
from console.role_list import RoleList
from kmarket.admin import ReadOnly
from markets.models import Feed, Market, OddsUpdate


class MarketConsole(MarketPage, MarketList):
    """All that there is to do about markets."""


PAGES: dict[type[Model], type[admin.ModelAdmin]] = {
    AdminAction: records.AuditList,
    Balance: records.BalanceList,
    Feed: FeedList,
    Group: RoleList,
    LedgerEntry: records.LedgerList,
    Market: MarketConsole,
    OddsUpdate: records.UpdateList,
    Order: records.OrderList,
    OrderClaim: records.ClaimList,
    PersonalLimits: records.PersonalLimitsList,
    Proposal: records.ProposalList,
    Session: records.SessionList,
    Settlement: records.SettlementList,
    User: people.PersonPage,
}
for model, page in PAGES.items():
    admin.site.unregister(model)
    admin.site.register(model, page)


@admin.register(CheckRun)
class CheckRunAdmin(ReadOnly, admin.ModelAdmin):
    """What the house's proofs found last."""

    list_display = ("kind", "ended_at", "fault_count", "began_at", "wanted_at")
    search_fields = ("kind", "said")
    ordering = ("kind",)
