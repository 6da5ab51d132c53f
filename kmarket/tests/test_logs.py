import json
import logging
import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.test import Client

from kmarket.logs import ContextFilter, Json, Text
from kmarket.requests import about, current_market, current_user
from kmarket.scrubbing import scrubbed

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"
SIGNATURE = "0x" + "ab" * 65
HASH = "0x" + "cd" * 32


def line(formatter, message="A bet of %s.", *args, exc_info=None, **extra):
    """Return what is written of one record."""
    record = logging.getLogger("betting").makeRecord(
        "betting", logging.WARNING, __file__, 1, message, args or (5,), exc_info, extra=extra
    )
    ContextFilter().filter(record)
    return formatter.format(record)


def test_a_line_is_an_object_that_names_request_user_and_market():
    # Other tests may have left something.
    with about():
        with about("req-7"):
            current_user.set(12)
            current_market.set(1001)
            said = json.loads(line(Json()))
        afterwards = json.loads(line(Json()))
    assert said.pop("ts") > 1_700_000_000_000
    assert said == {
        "level": "WARNING",
        "logger": "betting",
        "message": "A bet of 5.",
        "request_id": "req-7",
        "user": 12,
        "market": 1001,
    }
    # Nothing of it is left for what comes next.
    assert afterwards.keys() == {"ts", "level", "logger", "message", "request_id"}


def test_what_the_caller_gave_is_a_member_and_so_is_a_traceback():
    try:
        int("of no use\nat all")
    except ValueError:
        text = line(Json(), exc_info=sys.exc_info(), job="close markets", tried=3, of={1})
    assert "\n" not in text
    said = json.loads(text)
    assert (said["job"], said["tried"], said["of"]) == ("close markets", 3, "{1}")
    assert said["error"].startswith("Traceback")
    assert said["error"].endswith(r"'of no use\nat all'")


@pytest.mark.parametrize(
    "text",
    [
        f"session {JWT} refused",
        f"signed {SIGNATURE} by nobody",
        "GET /ws/odds?token=abcdefgh&x=1",
        "{'password': 'abcdefgh', 'name': 'x'}",
        '{"signature": "abcdefgh"}',
        "Authorization: Bearer abcdefgh",
        "subprotocols kmarket.v1, bearer.abcdefgh",
        "postgresql://kmarket:abcdefgh@db/kmarket is away",
        f"it is {django_settings.JWT_SECRET}",
    ],
)
@pytest.mark.parametrize("formatter", [Json(), Text()], ids=["json", "text"])
def test_no_secret_gets_through(formatter, text):
    said = line(formatter, "%s", text)
    for secret in (JWT, SIGNATURE, "abcdefgh", django_settings.JWT_SECRET):
        assert secret not in said
    assert "[hidden]" in said


def test_what_is_no_secret_stays():
    for text in (f"transaction {HASH} of 0x{'ab' * 20}", "the token is USDT", "http://node:8545/x"):
        assert scrubbed(text) == text


class Told(logging.Handler):
    """Keeps lines as they are written."""

    def __init__(self):
        super().__init__()
        self.setFormatter(Json())
        self.addFilter(ContextFilter())
        self.lines = []

    def emit(self, record):
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def told():
    """The lines about requests."""
    handler, logger = Told(), logging.getLogger("kmarket.requests")
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.INFO)
    yield handler.lines
    logger.setLevel(before)
    logger.removeHandler(handler)


def test_what_a_request_did_is_one_line(told, alice, alice_client, market):
    bet = {"marketId": market.pk, "option": 1, "amount": "10", "odds": 185}
    alice_client.post(
        "/api/v1/bets?token=x", bet, content_type="application/json", headers={"x-request-id": "r1"}
    )
    Client().get(f"/api/v1/odds/{market.pk}")
    Client().post("/api/v1/nothing%0a2026 forged")

    first, second = told
    assert min(first.pop("ms"), second.pop("ms")) >= 0
    assert {name: first[name] for name in ("message", "status", "request_id")} == {
        "message": "POST /api/v1/bets 201",
        "status": 201,
        "request_id": "r1",
    }
    assert (first["user"], first["market"]) == (alice.pk, market.pk)
    assert second["message"] == "POST /api/v1/nothing%0A2026%20forged 404"
    assert not {"user", "market"} & set(second)


def test_production_writes_objects_and_a_terminal_gets_lines():
    show = "from kmarket.settings import LOGGING; print(LOGGING['handlers']['stderr']['formatter'])"
    production = {"DATABASE_URL": "postgresql://db/kmarket", "JWT_SECRET": "s" * 32}
    kept = {name: os.environ[name] for name in ("PATH", "KMARKET_DATA_DIR")}

    def chosen(**env):
        return subprocess.run(
            [sys.executable, "-c", show],
            cwd=django_settings.BASE_DIR,
            env=kept | env,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert chosen().stdout == "text\n"
    assert chosen(**production).stdout == "json\n"
    assert chosen(**production, LOG_FORMAT="text").stdout == "text\n"
    assert chosen(LOG_FORMAT="xml").stderr == (
        "LOG_FORMAT='xml' is unknown: set it to `text` or `json`.\n"
    )
