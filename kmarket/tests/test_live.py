"""The live page's door: which addresses lead to it, and with which headers it goes out."""

import re

import pytest
from django.conf import settings
from django.test import Client

from kmarket import live
from kmarket.policy import LIVE_POLICY


@pytest.mark.parametrize("path", ["/", "/market/1001", "/bets", "/shares"])
def test_one_page_is_at_all_of_its_addresses(path):
    answer = Client().get(path)

    assert answer.content == live.PAGE.read_bytes()
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert answer["Content-Security-Policy"] == LIVE_POLICY
    again = Client().get(path, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again["Cache-Control"]) == (304, "no-cache")
    # A browser puts what a 304 says in the place of what it has kept.
    assert again.get("Content-Security-Policy", LIVE_POLICY) == LIVE_POLICY


@pytest.mark.parametrize("path", ["/market/", "/market/0", "/market/x", "/bets/1", "/index.html"])
def test_other_addresses_are_answered_as_before(path):
    answer = Client().get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_the_page_is_only_read():
    answer = Client(enforce_csrf_checks=True).post("/")

    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer["Allow"] == "GET, HEAD"
    assert Client().head("/").content == b""


def test_what_the_page_loads_is_kept_for_good_and_nothing_stands_in_it():
    page = live.PAGE.read_text(encoding="utf-8")
    loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert {path.rpartition(".")[2] for path in loaded} == {"css", "js", "svg"}

    for path in loaded:
        answer = Client().get(path)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
        answer.close()
    assert re.findall(r"<script[^>]*>(?!</script>)|<style| style=| on\w+=", page) == []


def test_the_page_can_be_left_off(monkeypatch):
    monkeypatch.setattr(settings, "LIVE_PAGE", False)

    assert live.urls() == []
