"""What an operator may do to a market on its page. Each is one service; what it refuses is shown,
and the form comes back as it was sent."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.access import signed_in
from betting import services as betting_services
from console import pricing
from console.deciding import operator, tried, words
from console.market_forms import LimitsForm, OddsForm, ReasonForm, StartForm, WordsForm
from console.pricing import OddsMoved, State
from kmarket.ids import number_of
from markets import lifecycle, pools, services
from markets.errors import ChainDecides
from markets.lifecycle import Event, MarketStatus
from markets.models import OddsUpdate

PRICE = "markets.price_market"
MANAGE = "markets.manage_market"
SETTLE = "markets.settle_market"
# The one thing that is done to a pool here.
DESCRIBE = "describe"
# What whoever sets prices may do to a market's state, as in the API.
PAUSES = frozenset({Event.SUSPEND, Event.RESUME})

# Forms by the name of what they do: those that come back to be shown again.
Again = dict[str, forms.Form]


@dataclass(frozen=True, slots=True)
class Words:
    """What a button says, what it brings about, and what is said once it is done."""

    title: str | Promise
    note: str | Promise
    done: str | Promise


WORDS = {
    "open": Words(
        pgettext_lazy("market", "Open"),
        _("The market takes bets from then on, and everybody sees it."),
        _("The market is open."),
    ),
    "suspend": Words(
        _("Suspend"),
        _("No bet is taken until somebody resumes. Bets that are taken stand."),
        _("Betting is suspended."),
    ),
    "resume": Words(_("Resume"), _("Bets are taken again."), _("Betting has resumed.")),
    "close": Words(
        pgettext_lazy("market", "Close"),
        _("This is final: no bet will be taken any more. Suspend instead to pause."),
        _("The market is closed."),
    ),
    "pin": Words(
        _("Pin the prices"),
        _("Feeds no longer change them; what they send is kept and not applied."),
        _("The prices are pinned: feeds leave them alone."),
    ),
    "release": Words(
        _("Release the prices"),
        _("Feeds price the market again, beginning with what they send next."),
        _("The prices are released: feeds may change them."),
    ),
    "start": Words(
        _("Move the start"),
        _("Betting ends at the start, unless the market is live."),
        _("The market has its new start."),
    ),
    DESCRIBE: Words(
        _("Describe"),
        _("The chain has no words for a market. Those that you give are shown from now on."),
        _("The market has its words."),
    ),
}
# As an act of its own each: which events operators bring about here. Results are another page's.
MOVES = (Event.OPEN, Event.SUSPEND, Event.RESUME, Event.CLOSE)
FINAL = frozenset({Event.CLOSE})


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that may be done now: its form with a button."""

    name: str
    words: Words
    form: forms.Form
    is_final: bool
    is_tried: bool


def act(request: HttpRequest, state: State) -> Again | None:
    """Do what the request asks for. None: done; otherwise the form that was refused.

    Raises:
        PermissionDenied: the operator may not do that, or there is nothing of that name to do.
    """
    name = request.POST.get("act", "")
    if state.market.is_pool and name != DESCRIBE:
        messages.error(request, words(ChainDecides()))
        return {}
    if name in set(MOVES):
        return _move(request, state, Event(name))
    if name not in _DOES:
        raise PermissionDenied
    permission, do = _DOES[name]
    operator(request, permission)
    return do(request, state)


def acts(request: HttpRequest, state: State, again: Again) -> list[Act]:
    """Return what may be done now by this operator, beside prices and limits."""
    market, may = state.market, request.user.has_perm
    names = [event.value for event in MOVES if _may_move(request, event)]
    possible = lifecycle.possible(MarketStatus(market.status))
    names = [name for name in names if name in possible]
    is_priceable = market.status in lifecycle.PRICEABLE
    if may(PRICE) and is_priceable:
        if market.pinned_at is not None:
            names.append("release")
        elif state.prices.groups():
            names.append("pin")
    if may(MANAGE) and is_priceable:
        names.append("start")
    if market.is_pool:
        names = [DESCRIBE] if may(MANAGE) else []
    return [
        Act(
            name=name,
            words=WORDS[name],
            form=again.get(name) or _form(name, state),
            is_final=name in FINAL,
            is_tried=name in again,
        )
        for name in names
    ]


def odds_form(state: State, data: Any = None, **initial: Any) -> OddsForm:
    """Return the form of prices, made from the present ones."""
    return OddsForm(
        data,
        market=state.market,
        prices=state.prices,
        offered=state.offered,
        initial={"seq": state.market.seq, **initial},
        auto_id="id_odds_%s",
    )


def limits_form(state: State, data: Any = None) -> LimitsForm:
    """Return the form of limits."""
    return LimitsForm(data, market=state.market, options=state.options, auto_id="id_limits_%s")


def _may_move(request: HttpRequest, event: Event) -> bool:
    may = request.user.has_perm
    return may(MANAGE) or (event in PAUSES and may(PRICE))


def _form(name: str, state: State, data: Any = None) -> forms.Form:
    if name == "start":
        initial = {"start_time": state.market.start_time}
        return StartForm(data, initial=initial, auto_id="id_start_%s")
    if name == DESCRIBE:
        return WordsForm(data, market=state.market, auto_id="id_describe_%s")
    return ReasonForm(data, auto_id=f"id_{name}_%s")


def _carried_out(
    request: HttpRequest, state: State, name: str, change: Callable[..., Any]
) -> Again | None:
    """Read the form of an act and make its change: of this market, by whoever asks, as it says."""
    form = _form(name, state, request.POST)
    if not form.is_valid():
        return {name: form}
    about = {"market_id": state.market.pk, "actor": signed_in(request), **form.cleaned_data}
    is_done = tried(request, lambda: change(**about), done=str(WORDS[name].done))
    return None if is_done else {name: form}


def _move(request: HttpRequest, state: State, event: Event) -> Again | None:
    if not _may_move(request, event):
        raise PermissionDenied
    return _carried_out(request, state, event.value, partial(services.change_status, event=event))


def _release(request: HttpRequest, state: State) -> Again | None:
    return _carried_out(request, state, "release", services.release_odds)


def _pin(request: HttpRequest, state: State) -> Again | None:
    """Take the prices over as they are: an override that changes none of them."""
    as_they_are = partial(services.set_odds, changes={}, source=OddsUpdate.Source.ADMIN)
    return _carried_out(request, state, "pin", as_they_are)


def _start(request: HttpRequest, state: State) -> Again | None:
    return _carried_out(request, state, "start", services.update_market)


def _describe(request: HttpRequest, state: State) -> Again | None:
    if not state.market.is_pool:
        raise PermissionDenied
    form = _form(DESCRIBE, state, request.POST)
    assert isinstance(form, WordsForm), form
    if not form.is_valid():
        return {DESCRIBE: form}
    is_done = tried(
        request,
        lambda: pools.describe(
            market_id=state.market.pk,
            words=form.words(),
            actor=signed_in(request),
            reason=form.cleaned_data["reason"],
        ),
        done=str(WORDS[DESCRIBE].done),
    )
    return None if is_done else {DESCRIBE: form}


def _odds(request: HttpRequest, state: State) -> Again | None:
    seq = number_of(request.POST.get("seq", ""))
    seen = None if seq is None else pricing.prices_at(state.market, seq)
    if seen is None:
        raise BadRequest("`seq` says which prices the form was made from.")
    form = OddsForm(
        request.POST,
        market=state.market,
        prices=seen,
        offered=state.offered,
        auto_id="id_odds_%s",
    )
    if seen != state.prices:
        return _moved(request, state, form)
    if not form.is_valid():
        return {"odds": form}
    try:
        update = tried(
            request,
            lambda: pricing.set_odds(
                market_id=state.market.pk,
                seen=seen,
                changes=form.changes,
                actor=signed_in(request),
                reason=form.cleaned_data["reason"],
                force=form.cleaned_data["force"],
            ),
        )
    except OddsMoved:
        state.market.refresh_from_db()
        return _moved(request, pricing.state_of(state.market), form)
    if update is None:
        return {"odds": form}
    messages.success(request, gettext("These prices hold now, as number %s.") % update.seq)
    return None


def _moved(request: HttpRequest, state: State, form: OddsForm) -> Again:
    """Give back a form over the present prices with what the operator typed, and nothing else.

    A field that was left alone holds an old price by now: sent again, it would set that back.
    """
    messages.warning(
        request,
        gettext("The prices have moved meanwhile, and nothing was changed. Look at the new ones."),
    )
    touched = {name: form.data.get(name) for name in form.changed_data if name != "seq"}
    return {"odds": odds_form(state, **touched)}


def _limits(request: HttpRequest, state: State) -> Again | None:
    form = limits_form(state, request.POST)
    if not form.is_valid():
        return {"limits": form}
    is_done = tried(
        request,
        lambda: betting_services.set_market_limits(
            market_id=state.market.pk,
            limits=form.limits(),
            option_stake_max=form.option_stake_max(),
            actor=signed_in(request),
            reason=form.cleaned_data["reason"],
        ),
        done=gettext("The limits hold from the next bet on."),
    )
    return None if is_done else {"limits": form}


# What each act takes, beside a form.
_DOES: dict[str, tuple[str, Callable[[HttpRequest, State], Again | None]]] = {
    "odds": (PRICE, _odds),
    "pin": (PRICE, _pin),
    "release": (PRICE, _release),
    "limits": (MANAGE, _limits),
    "start": (MANAGE, _start),
    DESCRIBE: (MANAGE, _describe),
}
