"""The list of markets: what each costs and pays now, and what may be done to many at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.access import signed_in
from accounts.models import REASON_LENGTH_MAX
from console import live, market_rows, queues
from console.market_rows import NOTHING, STATUS_WORDS, Money
from kmarket.errors import DomainError
from markets import selectors, services
from markets.admin import MarketAdmin
from markets.lifecycle import Event, MarketStatus
from markets.models import Market
from markets.odds import Prices

UNFINISHED = (
    *(MarketStatus.DRAFT, MarketStatus.ACTIVE),
    *(MarketStatus.SUSPENDED, MarketStatus.CLOSED),
)
NO_PRICES = Prices()
# Shown to whoever may see orders.
OF_ORDERS = ("stakes", "worst_case")


class ReasonForm(ActionForm):
    """What an action is asked for beside its name: why."""

    reason = forms.CharField(
        label=_("Reason:"),
        max_length=REASON_LENGTH_MAX,
        # Asked for by the action itself: Django would say that no action was selected.
        required=False,
        widget=forms.TextInput(attrs={"size": 30}),
    )


class Waits(admin.SimpleListFilter):
    """The work queues of the home page."""

    title = _("what waits")
    parameter_name = "waits"
    queues: dict[str, tuple[Promise, Callable[[QuerySet[Market]], QuerySet[Market]]]] = {
        "result": (_("awaiting a result"), queues.awaiting_result),
        "cap": (_("liability near its cap"), queues.near_cap),
        "suspended": (_("suspended for long"), queues.suspended_long),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, words) for name, (words, _keep) in self.queues.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Market]) -> QuerySet[Market]:
        chosen = self.queues.get(self.value() or "")
        return chosen[1](queryset) if chosen else queryset


class Status(admin.SimpleListFilter):
    """By status. Unless somebody asks for more or searches, what is over is left out."""

    title = _("status")
    # As Django names a filter of this column, which links elsewhere may use.
    parameter_name = "status__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("all", _("all")),
            *((status.value, STATUS_WORDS[status]) for status in MarketStatus),
        ]

    def choices(self, changelist: Any) -> Iterator[Any]:
        unfinished, *others = super().choices(changelist)
        yield {**unfinished, "display": _("unfinished")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Market]) -> QuerySet[Market]:
        if self.value() in set(MarketStatus):
            return queryset.filter(status=self.value())
        if self.value() == "all" or request.GET.get("q"):
            return queryset
        return queryset.filter(status__in=UNFINISHED)


@dataclass(frozen=True, slots=True)
class Row:
    """What is shown of a market beside its own columns."""

    prices: Prices
    # A pool's texts, by the name of the field.
    outcomes: dict[str, str]
    money: Money


class Page(ChangeList):
    """Reads what its rows show in as many queries for two hundred of them as for one."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        markets: list[Any] = list(self.result_list)
        updates = selectors.current_updates(markets)
        sees_money = set(OF_ORDERS) <= set(self.list_display)
        money = market_rows.money_of(markets) if sees_money else {}
        for market in markets:
            # Columns are given their market and nothing else.
            update = updates.get(market.pk)
            market.row = Row(
                prices=update.prices if update else NO_PRICES,
                outcomes=market_rows.outcome_texts(
                    market, update.outcome_prices if update else None
                ),
                money=money.get(market.pk, Money()),
            )
        self.result_list = markets


class MarketList(MarketAdmin):
    """The changelist of markets. What is beyond it, the market's own page, is another class."""

    list_display: Any = (
        *("id", "league", "match", "start", "state"),
        *("winner", "spread", "total", "margin", *OF_ORDERS),
    )
    list_filter: ClassVar[Any] = (
        *(Waits, Status, ("pinned_at", admin.EmptyFieldListFilter)),
        *("live", "category", "league", "kind"),
    )
    list_per_page = 100
    # The socket of a page follows no more.
    list_max_show_all = live.MARKETS_MAX
    change_list_template = "console/market_list.html"
    actions = ("suspend", "resume", "close")
    action_form = ReasonForm

    def has_price_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("markets.price_market")

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("markets.manage_market")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Page

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = super().get_list_display(request)
        sees_money = request.user.has_perm("betting.view_order")
        return [name for name in columns if sees_money or name not in OF_ORDERS]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        more = {"title": gettext("Markets"), "live": live.context()}
        answer: HttpResponse = super().changelist_view(request, more | (extra_context or {}))
        return answer

    @admin.display(description=_("match"), ordering="home_team")
    def match(self, market: Market) -> str:
        return market.title

    @admin.display(description=_("start (UTC)"), ordering="start_time")
    def start(self, market: Market) -> SafeString:
        return _field(market, "start", market_rows.start_text(market.start_time))

    @admin.display(description=_("status"), ordering="status")
    def state(self, market: Market) -> SafeString:
        words = str(STATUS_WORDS[market.status])
        shown = format_html(
            '<span class="status" data-market="{}" data-field="status" data-value="{}">{}</span>',
            *(market.pk, market.status, words),
        )
        pinned = "" if market.pinned_at is None else gettext("pinned")
        return format_html('{} <span class="pinned">{}</span>', shown, pinned)

    @admin.display(description=_("home / draw / away"))
    def winner(self, market: Market) -> SafeString:
        if market.labels is not None:
            return _outcomes(market, market.labels)
        sides = [(_price(market, name),) for name in ("home", "draw", "away")]
        return format_html_join(" / ", "{}", sides)

    @admin.display(description=_("spread"))
    def spread(self, market: Market) -> SafeString | str:
        return _price(market, "spread")

    @admin.display(description=_("total"))
    def total(self, market: Market) -> SafeString | str:
        return _price(market, "total")

    @admin.display(description=_("overround"))
    def margin(self, market: Market) -> SafeString | str:
        return _price(market, "overround")

    @admin.display(description=_("stakes"))
    def stakes(self, market: Market) -> SafeString | str:
        if market.is_pool:
            return NOTHING
        return _field(market, "staked", _row(market).money.texts()["staked"])

    @admin.display(description=_("worst case"))
    def worst_case(self, market: Market) -> SafeString | str:
        if market.is_pool:
            return NOTHING
        money = _row(market).money
        texts = money.texts()
        used = format_html(
            '<span class="used" data-market="{}" data-field="used" data-near="{}">{}</span>',
            *(market.pk, str(money.is_near).lower(), texts["used"]),
        )
        return format_html("{} {}", _field(market, "worst", texts["worst"]), used)

    @admin.action(description=_("Suspend betting"), permissions=["price"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Market]) -> None:
        count = self._change_each(request, queryset, Event.SUSPEND)
        self._say(request, count, ngettext("%(n)s suspended.", "%(n)s suspended.", count or 0))

    @admin.action(description=_("Resume betting"), permissions=["price"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Market]) -> None:
        count = self._change_each(request, queryset, Event.RESUME)
        self._say(request, count, ngettext("%(n)s resumed.", "%(n)s resumed.", count or 0))

    @admin.action(description=_("Close for good"), permissions=["manage"])
    def close(self, request: HttpRequest, queryset: QuerySet[Market]) -> None:
        count = self._change_each(request, queryset, Event.CLOSE)
        self._say(request, count, ngettext("%(n)s closed.", "%(n)s closed.", count or 0))

    def _change_each(
        self, request: HttpRequest, queryset: QuerySet[Market], event: Event
    ) -> int | None:
        """Change each market for itself, so that one refusal does not undo the others.

        Return how many changed, None where nobody said why.
        """
        reason = request.POST.get("reason", "").strip()[:REASON_LENGTH_MAX]
        if not reason:
            text = gettext("Say why: the reason goes into the audit.")
            self.message_user(request, text, messages.ERROR)
            return None
        count = 0
        for market_id in queryset.order_by("pk").values_list("pk", flat=True):
            try:
                services.change_status(
                    market_id=market_id, event=event, actor=signed_in(request), reason=reason
                )
            except DomainError as refusal:
                text = gettext("Market %(id)s: %(refusal)s")
                said = {"id": market_id, "refusal": gettext(refusal.message)}
                self.message_user(request, text % said, messages.ERROR)
            else:
                count += 1
        return count

    def _say(self, request: HttpRequest, count: int | None, words: str) -> None:
        if count is not None:
            level = messages.SUCCESS if count else messages.WARNING
            self.message_user(request, words % {"n": count}, level)


def _row(market: Market) -> Row:
    row: Row = market.row  # type: ignore[attr-defined] # see Page
    return row


def _outcomes(market: Market, labels: list[str]) -> SafeString:
    """Return each outcome's odds after its label."""
    texts = _row(market).outcomes
    shown = [
        (label, _field(market, f"outcome_{option}", texts[f"outcome_{option}"]))
        for option, label in enumerate(labels, start=1)
    ]
    return format_html('<span class="outcomes">{}</span>', format_html_join(" / ", "{} {}", shown))


def _price(market: Market, name: str) -> SafeString | str:
    if market.is_pool:
        # Two outcomes are a moneyline in the feed, with no overround to speak of.
        return NOTHING
    return _field(market, name, market_rows.price_texts(_row(market).prices)[name])


def _field(market: Market, name: str, text: str) -> SafeString:
    """Return an element whose text live.js keeps up."""
    return format_html(
        '<span data-market="{}" data-field="{}">{}</span>', market.pk, name, text or NOTHING
    )
