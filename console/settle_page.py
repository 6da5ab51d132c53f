"""A market's result: decided, looked at, confirmed; and what was decided before.

What is confirmed is what was shown. If it would do something else by then, nothing is done, and
the page shows the present preview and asks again.
"""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.models import AdminAction
from betting import decisions, proposals
from betting.decisions import Kind
from betting.errors import PreviewChanged
from betting.models import Proposal
from betting.proposals import Decided
from console import decision_words
from console.deciding import operator, words
from console.decision_forms import FORMS, DecisionForm
from kmarket.errors import DomainError
from markets.errors import ChainDecides
from markets.models import Market

PERMISSION = "markets.settle_market"
# Of what was decided and done before.
SHOWN_MAX = 20


@require_http_methods(["GET", "POST"])
def settle(request: HttpRequest, market_id: int) -> HttpResponse:
    """Show what may be decided; with a decision, show what it would do; confirmed, do it."""
    operator(request, PERMISSION)
    market = get_object_or_404(Market, pk=market_id)
    if market.is_pool:
        messages.error(request, words(ChainDecides()))
        return HttpResponseRedirect(reverse("admin:markets_market_change", args=[market.pk]))
    if request.method != "POST":
        return _choices(request, market)
    form = _form(request, market)
    if not form.is_valid():
        return _choices(request, market, form)
    if request.POST.get("step") == "confirm":
        return _confirmed(request, form)
    return _previewed(request, form)


def _form(request: HttpRequest, market: Market) -> DecisionForm:
    try:
        kind = Kind(request.POST.get("kind", ""))
    except ValueError as exc:
        raise BadRequest("There is no such decision.") from exc
    return FORMS[kind](request.POST, market=market)


def _confirmed(request: HttpRequest, form: DecisionForm) -> HttpResponse:
    try:
        done = proposals.decide(
            market_id=form.market.pk,
            decision=form.decision(),
            actor=operator(request, PERMISSION),
            reason=form.cleaned_data["reason"],
            # An empty one is no preview's: nothing is done unseen.
            previewed=request.POST.get("digest", ""),
        )
    except PreviewChanged:
        messages.warning(
            request,
            gettext("Something has changed since you looked, and nothing was done. Look again."),
        )
        form.market.refresh_from_db()
        return _previewed(request, form)
    except DomainError as refusal:
        messages.error(request, words(refusal))
        return _choices(request, form.market, form)
    return _done(request, form.market, done)


def _done(request: HttpRequest, market: Market, done: Decided) -> HttpResponse:
    if done.proposal is not None:
        messages.success(request, gettext("Proposed: another operator approves it."))
        return HttpResponseRedirect(reverse("admin:console_proposal", args=[done.proposal.pk]))
    if done.settlement is None or not done.is_new:
        messages.info(request, gettext("That is so already: nothing changed."))
    else:
        messages.success(request, decision_words.of_settlement(done.settlement))
    return HttpResponseRedirect(reverse("admin:console_settle", args=[market.pk]))


def _previewed(request: HttpRequest, form: DecisionForm) -> HttpResponse:
    try:
        preview = decisions.preview(market_id=form.market.pk, decision=form.decision())
    except DomainError as refusal:
        messages.error(request, words(refusal))
        return _choices(request, form.market, form)
    return _page(
        request,
        form.market,
        "preview.html",
        title=gettext("This is what would happen"),
        form=form,
        shown=decision_words.shown(preview),
        four_eyes=settings.SETTLEMENT_FOUR_EYES,
    )


def _choices(
    request: HttpRequest, market: Market, tried: DecisionForm | None = None
) -> HttpResponse:
    """Show the decisions that are possible now, and the one that was tried with its faults."""
    possible = decisions.possible(market)
    forms = [FORMS[kind](market=market) for kind in possible]
    if tried is not None:
        forms = [tried, *(form for form in forms if form.kind != tried.kind)]
    past = market.settlements.select_related("settled_by").order_by("-version")[:SHOWN_MAX]
    return _page(
        request,
        market,
        "settle.html",
        title=gettext("Result of %(market)s") % {"market": market.title},
        forms=forms,
        decided=[(one, decision_words.KINDS[one.kind]) for one in past],
        proposals=decision_words.proposals(
            market.proposals.filter(state=Proposal.State.OPEN)
            .select_related("proposer")
            .order_by("-pk")
        ),
        audit=_audit(request, market),
    )


def _audit(request: HttpRequest, market: Market) -> list[AdminAction]:
    if not request.user.has_perm("accounts.view_adminaction"):
        return []
    found = AdminAction.objects.filter(
        target_type=ContentType.objects.get_for_model(Market), target_id=str(market.pk)
    )
    return list(found.select_related("actor").order_by("-id")[:SHOWN_MAX])


def _page(request: HttpRequest, market: Market, template: str, **context: Any) -> HttpResponse:
    shared = {
        **admin.site.each_context(request),
        "market": market,
        "takes_bets": market.status in {"active", "suspended"},
    }
    return render(request, f"console/{template}", shared | context)
