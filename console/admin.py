"""The console's pages of models. Each app's own admin knows only its own models; these know all.

An app's page is imported first, so that it is registered before it is replaced here.
"""

from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.models import AdminAction, User
from betting.models import LedgerEntry, Order
from console import people, records
from console.feed_list import FeedList
from console.market_list import MarketList
from console.market_page import MarketPage
from console.models import CheckRun
from console.role_list import RoleList
from kmarket.admin import ReadOnly
from markets.models import Feed, Market, OddsUpdate

admin.site.unregister([AdminAction, Feed, Group, LedgerEntry, Market, OddsUpdate, Order, User])
admin.site.register(AdminAction, records.AuditList)
admin.site.register(Feed, FeedList)
admin.site.register(Group, RoleList)
admin.site.register(LedgerEntry, records.LedgerList)
admin.site.register(OddsUpdate, records.UpdateList)
admin.site.register(Order, records.OrderList)
admin.site.register(User, people.PersonPage)


@admin.register(Market)
class MarketConsole(MarketPage, MarketList):
    """All that there is to do about markets."""


@admin.register(CheckRun)
class CheckRunAdmin(ReadOnly, admin.ModelAdmin):
    """What the house's proofs found last."""

    list_display = ("kind", "ended_at", "fault_count", "began_at", "wanted_at")
    search_fields = ("kind", "said")
    ordering = ("kind",)
