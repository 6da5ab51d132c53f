"""Decisions that wait for a second operator: listed, looked at, approved or withdrawn."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from betting import proposals
from betting.models import Proposal
from console import decision_words
from console.deciding import operator, tried, words
from kmarket.errors import DomainError

VIEW = "betting.view_proposal"
END = "markets.settle_market"
PAGE_SIZE = 50


def open_proposals(user: User) -> QuerySet[Proposal]:
    """Return what waits for this operator: open, and proposed by somebody else."""
    return Proposal.objects.filter(state=Proposal.State.OPEN).exclude(proposer=user)


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """List the proposals, newest first: the open ones, or with ?state=all every one."""
    operator(request, VIEW)
    shows_all = request.GET.get("state") == "all"
    found = Proposal.objects.select_related("market", "proposer", "decided_by").order_by("-pk")
    if not shows_all:
        found = found.filter(state=Proposal.State.OPEN)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("p"))
    return _page(
        request,
        "proposals.html",
        title=gettext("Proposals"),
        page=page,
        rows=decision_words.proposals(page.object_list),
        shows_all=shows_all,
    )


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Show a proposal and what it would do by now; approve or withdraw it."""
    user = operator(request, VIEW)
    related = Proposal.objects.select_related("market", "proposer", "decided_by", "settlement")
    proposal = get_object_or_404(related, pk=proposal_id)
    if request.method == "POST":
        return _ended(request, proposal)
    is_open = proposal.state == Proposal.State.OPEN
    shown, refusal = _shown(proposal) if is_open else (None, "")
    stands = shown is not None and shown.preview.digest == proposal.digest
    may_end = is_open and user.has_perm(END)
    (row,) = decision_words.proposals([proposal])
    return _page(
        request,
        "proposal.html",
        title=gettext("Proposal %(number)s") % {"number": proposal.pk},
        **row,
        market=proposal.market,
        shown=shown,
        refusal=refusal,
        stands=stands,
        is_open=is_open,
        may_approve=may_end and stands and proposal.proposer_id != user.pk,
        may_withdraw=may_end,
        is_own=proposal.proposer_id == user.pk,
    )


def _shown(proposal: Proposal) -> tuple[decision_words.Shown | None, str]:
    """Return what a proposal would do by now, or None and why it would be refused."""
    try:
        return decision_words.shown(proposals.preview(proposal)), ""
    except DomainError as refusal:
        return None, words(refusal)


def _ended(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    actor = operator(request, END)
    end = request.POST.get("end")
    if end == "approve":
        approved = tried(request, lambda: proposals.approve(proposal_id=proposal.pk, actor=actor))
        if approved is not None and approved.settlement is not None:
            messages.success(request, decision_words.of_settlement(approved.settlement))
    elif end == "withdraw":
        reason = request.POST.get("reason", "").strip()
        if not reason:
            messages.error(request, gettext("Give a reason."))
        else:
            tried(
                request,
                lambda: proposals.withdraw(proposal_id=proposal.pk, actor=actor, reason=reason),
                done=gettext("Withdrawn."),
            )
    else:
        raise BadRequest("A proposal is approved or withdrawn.")
    return HttpResponseRedirect(reverse("admin:console_proposal", args=[proposal.pk]))


def _page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    shared = admin.site.each_context(request)
    return render(request, f"console/{template}", shared | context)
