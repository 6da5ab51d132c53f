"""What a page of another site, or a query full of SQL, can make this house do: nothing."""

import json
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver

from accounts.models import User

DOCUMENT = json.loads((django_settings.BASE_DIR / "docs/openapi.json").read_text(encoding="utf-8"))
SQL = (
    "' OR '1'='1",
    "1); DROP TABLE accounts_user; --",
    "1 UNION SELECT password FROM accounts_user",
    "%27; SELECT pg_sleep(60); --",
)


def console_views(patterns=None, prefix="/admin/"):
    """Yield each view under /admin/ and an address that leads to it."""
    for pattern in admin.site.urls[0] if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from console_views(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield pattern.callback, prefix + str(pattern.pattern)


def test_no_page_of_the_console_does_without_its_token():
    views = list(console_views())
    assert len(views) > 50
    assert [path for view, path in views if getattr(view, "csrf_exempt", False)] == []


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_a_form_of_another_site_is_refused(trader, market, origin):
    client = Client(enforce_csrf_checks=True)
    client.force_login(trader)
    page = client.get("/admin/", secure=True)
    assert page.status_code == 200
    headers = {} if origin is None else {"origin": origin}
    if origin is not None:
        # Even one that knows the token.
        client.get("/admin/password_change/")
        headers["x-csrftoken"] = client.cookies["csrftoken"].value
    for path in ("/admin/markets/market/", f"/admin/accounts/user/{trader.pk}/password/"):
        answer = client.post(path, {"action": "suspend"}, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (403, "STALE_FORM"), path
    market.refresh_from_db()
    assert market.status == "active"


def test_a_cookie_of_the_console_is_nobody_to_the_api(client, trader, market):
    """So a page of another site has nothing to ride on there."""
    client.force_login(trader)
    answer = client.put(
        f"/api/v1/admin/markets/{market.pk}",
        {"status": "suspended", "reason": "x"},
        content_type="application/json",
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("path", sorted(p for p, ops in DOCUMENT["paths"].items() if "get" in ops))
def test_sql_in_a_query_is_a_word_like_any_other(db, operator_client, market, path):
    names = [
        each["name"]
        for each in DOCUMENT["paths"][path]["get"].get("parameters", ())
        if each.get("in") == "query"
    ]
    count = User.objects.count()
    for sql in SQL:
        filled = path.replace("{market_id}", str(market.pk))
        for name in (word for word in ("order_id", "address", "tx_hash", "withdrawal_id")):
            filled = filled.replace(f"{{{name}}}", sql.replace("/", ""))
        for query in [{name: sql} for name in names] or [{"x": sql}]:
            answer = operator_client.get(filled, query)
            assert answer.status_code < 500 or answer.status_code == 503, (path, query)
    assert User.objects.count() == count


def test_nothing_that_is_sent_ends_a_header_of_the_answer(operator_client, market):
    crlf = "x\r\nSet-Cookie: forged=1"
    for headers in ({"x-request-id": crlf}, {"idempotency-key": crlf}, {"origin": crlf}):
        answer = operator_client.get(f"/api/v1/odds/{market.pk}", headers=headers)
        assert answer.status_code < 500
        assert "forged" not in str(answer.headers), headers
    for path in (f"/admin\r\n{crlf}", f"/admin/?next={crlf}", "/admin/login/?next=//evil.example"):
        answer = Client().get(path)
        assert "Set-Cookie: forged" not in str(answer.headers)
    form = {"username": "trader", "password": "a long password", "next": "https://evil.example/"}
    answer = Client().post("/admin/login/?next=https://evil.example/", form)
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).netloc == "", "nobody is sent elsewhere"


def test_a_query_of_a_thousand_members_is_refused(db):
    query = "&".join(f"a{n}=1" for n in range(1001))
    assert Client().get(f"/api/v1/markets?{query}").status_code == 400
