"""Orders, the ledger and the audit: lists that are looked at and taken away, never edited."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.admin import AdminActionAdmin
from accounts.models import AdminAction
from betting.admin import LedgerEntryAdmin, OrderAdmin
from betting.models import LedgerEntry, Order
from console import vocabulary
from console.exports import Column, Exported
from console.templatetags.console import tokens
from markets.admin import OddsUpdateAdmin
from markets.lines import Line
from markets.models import OddsUpdate, Option
from markets.odds import Odds

SHORT_MAX = 20


def _side(number: int) -> str:
    return Option.Number(number).name.lower()


@admin.display(description=_("user"), ordering="user")
def person(row: Order | LedgerEntry) -> str:
    """Return the way to a user's page, by as much of the address as tells it from others."""
    if row.user is None:
        return ""
    name = str(row.user)
    short = name if len(name) <= SHORT_MAX else f"{name[:6]}…{name[-4:]}"
    address = reverse("admin:accounts_user_change", args=[row.user.pk])
    return format_html('<a href="{}" title="{}">{}</a>', address, name, short)


@admin.display(description=pgettext_lazy("field", "reason"), ordering="reason")
def why(row: LedgerEntry | AdminAction | OddsUpdate) -> str:
    return vocabulary.reason(row.reason)


class OrderList(Exported, OrderAdmin):
    """Every bet."""

    list_display: Any = (
        *("id", "placed_at", person, "market", "option", "shown_odds", "shown_stake"),
        *("state", "result", "shown_payout"),
    )
    export_columns: ClassVar[tuple[Column, ...]] = (
        Column("id"),
        Column("placed_at"),
        Column("user_id"),
        Column("address", "user__address"),
        Column("market_id"),
        Column("league", "market__league"),
        Column("home_team", "market__home_team"),
        Column("away_team", "market__away_team"),
        Column("option"),
        Column("side", "option", _side),
        Column("odds", "odds_hundredths", Odds),
        Column("line", "line_q", Line),
        Column("odds_seq"),
        Column("stake"),
        Column("state"),
        Column("result"),
        Column("payout"),
        Column("settlement_version"),
        Column("client_ref"),
        Column("tx_hash"),
    )

    @admin.display(description=_("odds"), ordering="odds_hundredths")
    def shown_odds(self, order: Order) -> str:
        return str(order.odds)

    @admin.display(description=_("stake"), ordering="stake")
    def shown_stake(self, order: Order) -> str:
        return tokens(order.stake)

    @admin.display(description=_("payout"), ordering="payout")
    def shown_payout(self, order: Order) -> str:
        return tokens(order.payout)


class LedgerList(Exported, LedgerEntryAdmin):
    """Every transfer."""

    list_display: Any = (
        *("id", "at", "debit", "credit", "shown_amount"),
        *(person, "market", "cause", why),
    )
    export_columns: ClassVar[tuple[Column, ...]] = (
        Column("id"),
        Column("at"),
        Column("debit"),
        Column("credit"),
        Column("amount"),
        Column("user_id"),
        Column("address", "user__address"),
        Column("market_id"),
        Column("cause"),
        Column("order_id"),
        Column("settlement_id"),
        Column("reverses_id"),
        Column("reason"),
    )

    @admin.display(description=_("amount"), ordering="amount")
    def shown_amount(self, entry: LedgerEntry) -> str:
        return tokens(entry.amount)


class Kinds(admin.AllValuesFieldListFilter):
    """By what was done, in the operator's language."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": vocabulary.action(str(choice["display"]))}


class AuditList(Exported, AdminActionAdmin):
    """Everything that operators did."""

    list_display: Any = (*("at", "actor", "kind", "target_type", "target_id", why, "request_id"),)
    list_filter: ClassVar[Any] = (("action", Kinds),)
    fields: ClassVar[Any] = (
        *("at", "actor", "kind", "target_type", "target_id"),
        *("before", "after", why, "request_id", "xid"),
    )
    readonly_fields: ClassVar[Any] = fields
    export_columns: ClassVar[tuple[Column, ...]] = (
        Column("id"),
        Column("at"),
        Column("actor_id"),
        Column("actor", "actor__username"),
        Column("action"),
        Column("target_type", Concat("target_type__app_label", Value("."), "target_type__model")),
        Column("target_id"),
        Column("before"),
        Column("after"),
        Column("reason"),
        Column("request_id"),
    )

    @admin.display(description=pgettext_lazy("field", "action"), ordering="action")
    def kind(self, action: AdminAction) -> str:
        return vocabulary.action(action.action)


class UpdateList(OddsUpdateAdmin):
    """Every price, and every change of a state or a start."""

    list_display: Any = (*("market", "seq", "at", "status", "home", "draw", "away", "source", why),)
