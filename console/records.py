"""Orders, money and the audit: lists that are looked at and taken away, never edited."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.admin import AdminActionAdmin, SessionAdmin
from accounts.models import AdminAction, User
from betting.admin import (
    BalanceAdmin,
    LedgerEntryAdmin,
    OrderAdmin,
    OrderClaimAdmin,
    PersonalLimitsAdmin,
    ProposalAdmin,
    SettlementAdmin,
)
from betting.models import Order
from console import vocabulary
from console.exports import Column, Exported
from console.templatetags.console import bet_on, short, tokens
from kmarket.fields import AmountField
from markets.admin import OddsUpdateAdmin
from markets.lines import Line
from markets.models import Option
from markets.odds import Odds


def _side(number: int) -> str:
    return Option.Number(number).name.lower()


@admin.display(description=pgettext_lazy("field", "action"), ordering="action")
def action(row: AdminAction) -> str:
    return vocabulary.action(row.action)


@admin.display(description=pgettext_lazy("field", "reason"), ordering="reason")
def reason(row: Any) -> str:
    return vocabulary.reason(row.reason)


# What machines write in words of their own.
WORDED = {"action": action, "reason": reason}


class Readable(admin.ModelAdmin):
    """Mix-in for a page of a model, before its other bases: amounts are in whole tokens, and
    machine words in the operator's language.

    Lists name people by as much as tells them apart, and lead to their pages.
    """

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        # The first column leads to the row.
        first, *others = map(self._readable, super().get_list_display(request))
        return [first, *map(self._named, others)]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [self._readable(name) for name in super().get_fields(request, obj)]

    def _readable(self, column: Any) -> Any:
        field = self._field(column)
        return _amount(field) if isinstance(field, AmountField) else WORDED.get(column, column)

    def _named(self, column: Any) -> Any:
        field = self._field(column)
        return _person(field) if field and field.related_model is User else column

    def _field(self, column: Any) -> Any:
        try:
            return self.opts.get_field(column)
        except FieldDoesNotExist:
            return None


def _amount(field: Any) -> Callable[[Model], str]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def amount(row: Model) -> str:
        return tokens(getattr(row, field.name))

    return amount


def _person(field: Any) -> Callable[[Model], str]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def person(row: Model) -> str:
        who = getattr(row, field.name)
        if who is None:
            return ""
        address = reverse("admin:accounts_user_change", args=[who.pk])
        return format_html('<a href="{}" title="{}">{}</a>', address, who, short(who))

    return person


class OrderList(Readable, Exported, OrderAdmin):
    """Every bet."""

    list_display: Any = (
        *("id", "placed_at", "user", "market", "bet", "odds", "stake"),
        *("state", "result", "payout"),
    )
    fields = (
        *("id", "placed_at", "user", "market", "bet", "odds", "odds_seq", "stake"),
        *("state", "result", "payout", "settlement_version", "client_ref", "tx_hash"),
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
    def odds(self, order: Order) -> str:
        return str(order.odds)

    @admin.display(description=_("Bet on"), ordering="option")
    def bet(self, order: Order) -> str:
        return bet_on(order, order.market)


class LedgerList(Readable, Exported, LedgerEntryAdmin):
    """Every transfer."""

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


class Kinds(admin.AllValuesFieldListFilter):
    """By what was done, in the operator's language."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": vocabulary.action(str(choice["display"]))}


class AuditList(Readable, Exported, AdminActionAdmin):
    """Everything that operators did."""

    list_filter: ClassVar[Any] = (("action", Kinds),)
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


class BalanceList(Readable, BalanceAdmin):
    """What everybody has."""


class ProposalList(Readable, ProposalAdmin):
    """Every decision that waits, or waited, for a second operator."""


class SessionList(Readable, SessionAdmin):
    """Who is signed in."""


class SettlementList(Readable, SettlementAdmin):
    """Every decision about a market's orders."""


class ClaimList(Readable, OrderClaimAdmin):
    """Every payout that was fetched."""


class PersonalLimitsList(Readable, PersonalLimitsAdmin):
    """What people allow themselves."""


class UpdateList(Readable, OddsUpdateAdmin):
    """Every price, and every change of a state or a start."""
