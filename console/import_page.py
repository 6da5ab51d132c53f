"""A CSV of matches: uploaded, looked at line by line, confirmed.

The preview does the real work and takes it back. A confirmation is bound to the file and to what
its preview said: if it would do something else by then, nothing is done and it is shown again.
Scores settle nothing here: a result is decided on its market's page.
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.models import REASON_LENGTH_MAX, User
from betting import match_imports
from betting.match_imports import Line, Plan
from console import uploads, vocabulary
from console.deciding import operator, words
from console.moments import MomentField
from console.uploads import Terms, Upload
from kmarket.errors import DomainError
from markets import matches
from markets.imports import Outcome, Wanted
from markets.odds import Prices, written

PERMISSION = "markets.manage_market"
# A request has a minute, and each line takes some milliseconds, twice when it is confirmed.
ROWS_MAX = 2000
OUTCOMES = {
    Outcome.CREATED: _("new market"),
    Outcome.UPDATED: _("market changes"),
    Outcome.UNCHANGED: _("as it is"),
}


class UploadForm(forms.Form):
    """A file, and how it is to be imported."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=format_lazy(
            _("With the columns of football-data.co.uk; {rows} lines and {mebibytes} MiB at most."),
            rows=ROWS_MAX,
            mebibytes=settings.BULK_MAX_BYTES // 2**20,
        ),
    )
    prices = forms.ChoiceField(
        label=_("Prices"),
        choices=[
            (Wanted.OPENING.value, _("opening: what a market begins with")),
            (Wanted.CLOSING.value, _("closing: the next update")),
            (Wanted.BOTH.value, _("both, one after the other")),
        ],
    )
    starts = MomentField(
        label=_("Move the earliest match to (UTC)"),
        required=False,
        help_text=_("All others move with it. Give the same moment when you import it again."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH_MAX)

    def upload(self) -> Upload:
        """Return what a valid form brought."""
        values = self.cleaned_data
        terms = Terms(Wanted(values["prices"]), values["starts"], values["reason"])
        return Upload(values["file"].name, values["file"].read(), terms)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a file, or would: the header's notes, the lines, by how much starts moved."""

    notes: tuple[str, ...]
    lines: list[Line]
    shift: timedelta

    def counts(self) -> Counter[str]:
        return sum((line.counts() for line in self.lines), Counter(skipped=len(self.notes)))

    def digest(self, upload: Upload) -> str:
        """Return a digest of the file, its terms and all that this says."""
        terms = upload.terms
        starts = terms.starts and terms.starts.isoformat()
        how = [upload.sha256, terms.prices, starts, terms.reason]
        told = [how, self.notes, *map(_told, self.lines)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Ask for a file; with one, show what it would do; confirmed, do it."""
    actor = operator(request, PERMISSION)
    if request.method != "POST":
        return _asked(request, UploadForm())
    if "digest" in request.POST:
        return _confirmed(request, actor)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _asked(request, form)
    given = form.upload()
    try:
        return _previewed(request, given, actor)
    except matches.Unreadable as exc:
        form.add_error("file", vocabulary.spoken(exc.sentence))
    except _TooLong:
        too_long = gettext("It has more than %(rows)d lines: `manage.py import_matches` takes it.")
        form.add_error("file", too_long % {"rows": ROWS_MAX})
    return _asked(request, form)


class _TooLong(Exception):
    """The file has more rows than one request can import."""


def _confirmed(request: HttpRequest, actor: User) -> HttpResponse:
    try:
        held = uploads.take(session_key=_session_key(request))
    except DomainError as refusal:
        messages.error(request, words(refusal))
        return _asked(request, UploadForm())
    if held is None:
        messages.warning(request, gettext("No file waits to be confirmed: upload it again."))
        return HttpResponseRedirect(reverse("admin:console_import"))
    would = _run(held, actor, dry_run=True)
    if request.POST["digest"] != held.digest or would.digest(held) != held.digest:
        messages.warning(
            request,
            gettext("Something has changed since you looked, and nothing was done. Look again."),
        )
        return _shown(request, held, would)
    done = _run(held, actor, dry_run=False)
    messages.success(request, gettext("Imported: %(counts)s.") % {"counts": _summary(done)})
    return _page(request, held, done, gettext("Imported"), is_done=True)


def _previewed(request: HttpRequest, given: Upload, actor: User) -> HttpResponse:
    return _shown(request, given, _run(given, actor, dry_run=True))


def _shown(request: HttpRequest, given: Upload, would: Done) -> HttpResponse:
    """Show what a file would do, and keep it for the confirmation."""
    given = replace(given, digest=would.digest(given))
    try:
        uploads.keep(given, session_key=_session_key(request))
    except DomainError as refusal:
        messages.error(request, words(refusal))
        return _asked(request, UploadForm())
    return _page(request, given, would, gettext("This is what would happen"), is_done=False)


def _run(given: Upload, actor: User, *, dry_run: bool) -> Done:
    source = io.BytesIO(given.content)
    survey = match_imports.survey(source)
    if survey.rows > ROWS_MAX:
        raise _TooLong
    plan = Plan(
        prices=given.terms.prices,
        shift=survey.shift_to(given.terms.starts),
        dry_run=dry_run,
        actor=actor,
        reason=given.terms.reason,
    )
    sheet = matches.read(source)
    return Done(sheet.notes, list(match_imports.lines(sheet.rows, plan)), plan.shift)


def _told(line: Line) -> list[Any]:
    """Return what a line says, without the number of a market that is only made to be shown."""
    if line.imported is None:
        return [line.number, line.problems]
    is_new = line.imported.outcome == Outcome.CREATED
    market_id = None if is_new else line.imported.market_id
    changes = line.imported.changes
    return [line.number, line.problems, line.imported.outcome, market_id, changes]


def _asked(request: HttpRequest, form: UploadForm) -> HttpResponse:
    context = {"title": gettext("Import matches"), "form": form}
    return render(request, "console/import.html", {**admin.site.each_context(request), **context})


def _page(
    request: HttpRequest, given: Upload, done: Done, title: str, *, is_done: bool
) -> HttpResponse:
    now = timezone.now()
    context = {
        "title": title,
        "upload": given,
        "summary": _summary(done),
        "notes": [vocabulary.spoken(note) for note in done.notes],
        "rows": [_row(line, given, done.shift, now=now) for line in done.lines],
        "does_something": any(_does_something(line) for line in done.lines),
        "is_done": is_done,
        "minutes": uploads.KEPT_SECONDS // 60,
    }
    return render(request, "console/imported.html", {**admin.site.each_context(request), **context})


def _row(line: Line, given: Upload, shift: timedelta, *, now: datetime) -> dict[str, Any]:
    problems = tuple(vocabulary.spoken(problem) for problem in line.problems)
    if line.match is None or line.imported is None:
        return {"number": line.number, "bad": True, "problems": problems}
    is_new = line.imported.outcome == Outcome.CREATED
    start = line.match.start_time + shift
    changes = _opening(line, given) if is_new else line.imported.changes
    return {
        "number": line.number,
        "match": f"{line.match.home} vs {line.match.away}",
        "league": line.match.league,
        "outcome": OUTCOMES[line.imported.outcome],
        "start": start,
        "closes": is_new and start <= now,
        "is_new": is_new,
        "market_id": line.imported.market_id,
        "changes": [vocabulary.phrase(change) for change in changes],
        "problems": problems,
    }


def _opening(line: Line, given: Upload) -> Iterable[str]:
    """Return with which prices a new market begins, and what follows them at once."""
    assert line.match is not None
    sets = {Wanted.OPENING: line.match.opening, Wanted.CLOSING: line.match.closing}
    wanted = given.terms.prices
    for snapshot, prices in sets.items():
        if wanted in {snapshot, Wanted.BOTH}:
            yield from _offered(prices)


def _offered(prices: Prices) -> Iterable[str]:
    return (f"{name} {written(group)}" for name, group in prices.groups().items())


def _does_something(line: Line) -> bool:
    return line.imported is not None and line.imported.outcome != Outcome.UNCHANGED


def _summary(done: Done) -> str:
    counts = done.counts()
    named = {
        "created": gettext("new"),
        "updated": gettext("changed"),
        "unchanged": gettext("as they are"),
        "skipped": gettext("left out"),
        "bad": gettext("bad lines"),
    }
    return vocabulary.listed(f"{counts[name]} {word}" for name, word in named.items())


def _session_key(request: HttpRequest) -> str:
    key = request.session.session_key
    assert key is not None, "whoever is signed in has a session"
    return key
