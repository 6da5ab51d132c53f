import logging
import re

import pytest
from django.test import Client

from kmarket.logs import ContextFilter
from kmarket.requests import current_request_id


def test_a_sane_request_id_comes_back(db):
    answer = Client().get("/api/v1/healthz", headers={"x-request-id": "front-end:42_a.b"})
    assert answer["X-Request-ID"] == "front-end:42_a.b"


@pytest.mark.parametrize("sent", ["", "x" * 65, "two words", "new\nline", "ünicode"])
def test_any_other_is_replaced(db, sent):
    answer = Client().get("/api/v1/healthz", headers={"x-request-id": sent})
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


def test_an_error_carries_it_too(db):
    answer = Client().get("/api/v1/nowhere", headers={"x-request-id": "abc"})
    assert (answer.status_code, answer["X-Request-ID"]) == (404, "abc")


def test_every_log_line_names_its_request():
    record = logging.makeLogRecord({"msg": "bet taken"})
    token = current_request_id.set("abc")
    ContextFilter().filter(record)
    current_request_id.reset(token)
    assert record.request_id == "abc"
