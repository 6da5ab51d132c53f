"""A CSV of matches in the console: looked at line by line, then confirmed, and bound to both."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.models import AdminAction, Role
from console import import_page
from console.tests.conftest import said, with_role
from kmarket import cache
from kmarket.limits import body_max
from markets import services
from markets.models import Market, OddsUpdate
from tests.season import HEADER, csv_text

IMPORT = "/admin/console/import/"
SOON = datetime.now(tz=UTC).replace(second=0, microsecond=0) + timedelta(days=30)
EVERTON = {"HomeTeam": "Everton", "AwayTeam": "Chelsea", "Date": "16/08/2025", "Time": "15:00"}
CHANGED = "Something has changed since you looked, and nothing was done. Look again."


def upload(client: Client, *rows, text: str | None = None, **fields):
    """Upload rows, or a text, to be imported from SOON on."""
    content = (csv_text(*rows) if text is None else text).encode()
    terms = {"prices": "opening", "starts": f"{SOON:%Y-%m-%dT%H:%M}", "reason": "new season"}
    file = SimpleUploadedFile("matches.csv", content, content_type="text/csv")
    return client.post(IMPORT, terms | {"file": file} | fields)


def confirm(client: Client, preview):
    return client.post(IMPORT, {"digest": preview.context["upload"].digest}, follow=True)


def told(answer) -> list[tuple]:
    """Return what is said of each line: number, what, changes, problems."""
    return [
        (
            row["number"],
            str(row.get("outcome", "bad")),
            list(row.get("changes", [])),
            row["problems"],
        )
        for row in answer.context["rows"]
    ]


OPENING = [
    "moneyline home 1.31, draw 5.96, away 8.31",
    "spread line -1.5, home 1.78, away 1.99",
    "total line 2.5, over 1.35, under 3.13",
]


def test_a_preview_shows_every_line_and_keeps_nothing(console):
    rows = [{}, {"AvgH": "1.305"}, EVERTON, EVERTON, {"HomeTeam": "Leeds", "AvgAHA": "9.99"}]
    answer = upload(console, *rows)

    assert told(answer) == [
        (2, "new market", OPENING, ()),
        (3, "bad", [], ("AvgH 1.305: Odds have at most two decimals.",)),
        (4, "new market", OPENING, ()),
        (5, "bad", [], ("repeats the match of line 4",)),
        (
            6,
            "new market",
            [OPENING[0], OPENING[2]],
            ("opening spread left out: its overround is below zero (-0.3381)",),
        ),
    ]
    assert answer.context["summary"] == "3 new, 0 changed, 0 as they are, 1 left out, 2 bad lines"
    content = csv_text(*rows).encode()
    assert hashlib.sha256(content).hexdigest() in answer.content.decode()
    assert f"{SOON:%Y-%m-%d %H:%M}" in answer.content.decode()
    assert not Market.objects.exists()
    assert not AdminAction.objects.exists()


def test_what_was_confirmed_is_done_by_the_operator_with_their_reason(console, trader):
    done = confirm(console, upload(console, {}, {"AvgH": "?"}, EVERTON))

    assert said(done) == ["Imported: 2 new, 0 changed, 0 as they are, 0 left out, 1 bad lines."]
    markets = Market.objects.order_by("start_time")
    assert [(market.home_team, market.start_time) for market in markets] == [
        ("Liverpool", SOON),
        ("Everton", SOON + timedelta(hours=19)),
    ]
    assert set(AdminAction.objects.values_list("action", "actor", "reason")) == {
        ("market.create", trader.pk, "new season")
    }
    assert set(OddsUpdate.objects.values_list("source", "reason", "home", "changed_by")) == {
        ("import", "new season", 131, trader.pk)
    }
    for market in markets:
        assert f'href="/admin/markets/market/{market.pk}/change/"' in done.content.decode()


def test_the_page_and_the_command_do_the_same(console, tmp_path):
    confirm(console, upload(console, {}, EVERTON, prices="both"))
    by_page = list(
        OddsUpdate.objects.order_by("market__home_team", "seq").values_list("seq", "home")
    )

    file = tmp_path / "matches.csv"
    file.write_text(csv_text({}, EVERTON))
    shift = ["--shift-start", SOON.isoformat()]
    printed = call_command("import_matches", str(file), "--prices", "both", *shift)
    assert printed.startswith("Imported: 0 created, 0 updated, 2 unchanged")
    assert by_page == [(1, 131), (2, 129)] * 2


def test_changes_of_a_market_are_shown_before_they_are_made(console):
    confirm(console, upload(console, {}, EVERTON))
    later = EVERTON | {"Date": "23/08/2025"}
    preview = upload(console, {}, later, prices="closing")

    closing = [
        "moneyline home 1.31, draw 5.96, away 8.31 → home 1.29, draw 6.02, away 8.68",
        "spread line -1.5, home 1.78, away 1.99 → line -1.75, home 1.94, away 1.76",
        "total line 2.5, over 1.35, under 3.13 → line 2.5, over 1.36, under 3.05",
    ]
    old, new = SOON + timedelta(hours=19), SOON + timedelta(days=7, hours=19)
    moved = f"start {old:%Y-%m-%d %H:%M} UTC → {new:%Y-%m-%d %H:%M} UTC"
    assert told(preview) == [
        (2, "market changes", closing, ()),
        (3, "market changes", [moved, *closing], ()),
    ]
    assert set(Market.objects.values_list("seq", flat=True)) == {1}

    assert told(confirm(console, preview)) == told(preview)
    assert Market.objects.get(home_team="Everton").start_time == new


def test_a_file_that_does_nothing_cannot_be_confirmed(console):
    confirm(console, upload(console, {}))
    preview = upload(console, {})
    assert told(preview) == [(2, "as it is", [], ())]
    assert b"There is nothing to import." in preview.content
    assert b'name="digest"' not in preview.content


def test_when_something_changes_meanwhile_it_is_shown_again_and_nothing_is_done(console, trader):
    confirm(console, upload(console, {}))
    market = Market.objects.get()
    preview = upload(console, {}, EVERTON, prices="closing")
    assert preview.context["summary"].startswith("1 new, 1 changed")
    moneyline = {"moneyline": market.updates.get().prices.moneyline}
    services.set_odds(
        market_id=market.pk, changes=moneyline, actor=trader, source="admin", reason="by hand"
    )
    before = AdminAction.objects.count()

    again = confirm(console, preview)

    assert said(again) == [CHANGED]
    assert told(again)[0] == (
        2,
        "as it is",
        [],
        (f"market {market.pk} is pinned: its prices stay",),
    )
    assert Market.objects.count() == 1
    assert AdminAction.objects.count() == before
    # What is shown now can be confirmed.
    assert said(confirm(console, again))[0].startswith("Imported: 1 new, 0 changed, 1 as they are")
    assert Market.objects.count() == 2


def test_another_file_in_between_is_not_confirmed_unseen(console):
    first = upload(console, {})
    upload(console, EVERTON)

    assert said(confirm(console, first)) == [CHANGED]
    assert not Market.objects.exists()


def test_a_confirmation_counts_once_and_only_while_the_file_is_kept(console):
    preview = upload(console, {})
    confirm(console, preview)
    missing = ["No file waits to be confirmed: upload it again."]
    assert said(confirm(console, preview)) == missing
    assert Market.objects.count() == 1

    kept = upload(console, EVERTON)
    (key,) = cache.redis().keys("import:*")
    assert 0 < cache.redis().ttl(key) <= 15 * 60
    assert console.session.session_key not in key.decode()
    cache.redis().delete(key)
    assert said(confirm(console, kept)) == missing
    assert Market.objects.count() == 1


def test_a_file_is_kept_for_one_session_only(console, trader):
    preview = upload(console, {})
    other = Client()
    other.force_login(trader)
    assert said(confirm(other, preview)) == ["No file waits to be confirmed: upload it again."]
    assert not Market.objects.exists()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "The submitted file is empty."),
        ("Div,Date,Time,HomeTeam\n", "The header has no column AwayTeam."),
        ("\0", "This is no CSV file: line 1 has a NUL byte."),
    ],
)
def test_a_file_without_matches_is_refused_and_says_why(console, text, fault):
    answer = upload(console, text=text)
    assert answer.context["form"].errors == {"file": [fault]}
    assert not cache.redis().keys("import:*")


def test_notes_about_the_header_are_shown(console):
    columns = [column for column in HEADER.split(",") if column != "AvgD"]
    answer = upload(console, text=csv_text({}, columns=columns))
    assert b"line 1: AvgD missing: no opening moneyline in this file" in answer.content


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"prices": "all"}, "prices"),
        ({"starts": "9999-01-01T00:00"}, "starts"),
    ],
)
def test_terms_that_are_none_are_refused(console, fields, field):
    answer = upload(console, {}, **fields)
    assert list(answer.context["form"].errors) == [field]


def test_a_match_that_has_begun_is_marked(console):
    answer = upload(console, {}, starts="")
    assert b"has begun: closes at once" in answer.content
    assert b"has begun" not in upload(console, {}).content


def test_more_lines_than_a_request_has_time_for_are_refused(console, monkeypatch):
    monkeypatch.setattr(import_page, "ROWS_MAX", 1)
    answer = upload(console, {}, EVERTON)
    assert answer.context["form"].errors == {
        "file": ["It has more than 1 lines: `manage.py import_matches` takes it."]
    }


def test_a_script_in_a_file_is_a_text(console):
    answer = upload(console, {"HomeTeam": "<script>alert(1)</script>"})
    assert b"<script>alert" not in answer.content
    assert b"&lt;script&gt;alert(1)" in answer.content


def test_without_redis_nothing_is_promised(console, monkeypatch, tmp_path):
    preview = upload(console, {})
    gone = redis.Redis(unix_socket_path=str(tmp_path / "gone"), retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(cache, "redis", lambda: gone)
    away = ["A part of the service is away. Try again in a moment."]
    assert said(upload(console, {})) == away
    assert said(confirm(console, preview)) == away
    assert not Market.objects.exists()


def test_the_file_may_be_as_large_as_a_batch_of_prices(settings):
    assert body_max(IMPORT) == settings.BULK_MAX_BYTES == 8 * 2**20
    assert body_max("/admin/console/create/") == 64 * 1024


def test_a_file_over_the_limit_is_refused(console, settings):
    settings.BULK_MAX_BYTES = 1000
    assert upload(console, *[{}] * 20).status_code == 413


@pytest.mark.parametrize("role", [Role.TRADER, Role.SETTLER, Role.AUDITOR])
def test_only_who_manages_markets_imports_them(db, role, console):
    preview = upload(console, {})
    client = with_role(role)
    assert client.get(IMPORT).status_code == 403
    assert upload(client, {}).status_code == 403
    assert confirm(client, preview).status_code == 403
    assert not Market.objects.exists()


def test_every_input_has_its_label(console):
    text = console.get(IMPORT).content.decode()
    for name in ("file", "prices", "starts", "reason"):
        assert f'for="id_{name}"' in text
        assert f'id="id_{name}"' in text
