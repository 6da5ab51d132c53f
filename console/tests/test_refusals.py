"""What somebody is shown under /admin/ where something is refused, and what scripts are told."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Role
from console.tests.conftest import with_role

NOWHERE = "/admin/nothing/here"
IMPORT = "/admin/console/import/"
# As browsers ask for pages.
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def page(answer) -> str:
    """Return a page, which has its policy and its right length."""
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert int(answer["Content-Length"]) == len(answer.content)
    return answer.content.decode()


def test_a_person_reads_a_page_with_the_number_of_the_request(console):
    answer = console.get(NOWHERE, headers=PAGE)
    assert answer.status_code == 404
    text = page(answer)
    assert "<h1>Nothing is at this address.</h1>" in text
    assert answer["X-Request-ID"] in text
    assert 'href="/admin/"' in text


def test_a_script_gets_the_answer_of_the_api(console):
    answer = console.get(NOWHERE, headers={"accept": "*/*"})
    assert answer.json() == {"code": "NOT_FOUND", "message": "Nothing is at this address."}
    assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_so_does_whoever_asks_the_api_for_a_page(client, db):
    answer = client.get("/api/v1/nothing", headers=PAGE)
    assert answer.json()["code"] == "NOT_FOUND"
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_what_may_not_be_done_is_said_on_a_page(db):
    answer = with_role(Role.AUDITOR).get("/admin/console/create/", headers=PAGE)
    assert answer.status_code == 403
    assert "<h1>You may not do this.</h1>" in page(answer)


def test_a_form_from_before_another_sign_in_leads_back_to_its_page(trader):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(trader)
    answer = careful.post(IMPORT, headers=PAGE)
    assert answer.status_code == 403
    text = page(answer)
    assert "<h1>This page is older than your sign-in: load it again.</h1>" in text
    assert f'<a href="{IMPORT}">' in text
    assert careful.post(IMPORT).json()["reason"] == "STALE_FORM"


def test_a_file_that_is_too_large_leads_back_to_the_form(console, monkeypatch):
    monkeypatch.setattr(settings, "BULK_MAX_BYTES", 2**20)
    answer = console.post(IMPORT, {"reason": "x" * 2**20}, headers=PAGE)
    assert answer.status_code == 413
    text = page(answer)
    assert "That is too large: 1.0\xa0MB at most." in text
    assert f'<a href="{IMPORT}">' in text


def test_a_bug_is_a_page_too(trader, monkeypatch):
    def broken(*args):
        raise ZeroDivisionError

    monkeypatch.setattr("console.home.context", broken)
    client = Client(raise_request_exception=False)
    client.force_login(trader)
    answer = client.get("/admin/", headers=PAGE)
    assert answer.status_code == 500
    assert "<h1>Something went wrong on our side.</h1>" in page(answer)


@pytest.mark.parametrize(("language", "lang"), [("zh-CN", "zh-hans"), ("fr", "en")])
def test_it_is_in_the_operators_language(console, language, lang):
    text = page(console.get(NOWHERE, headers=PAGE | {"accept-language": language}))
    assert f'<html lang="{lang}"' in text
