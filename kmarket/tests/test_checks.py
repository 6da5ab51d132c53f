"""`manage.py check --deploy`, and what the settings of a production do to answers."""

import ipaddress
import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.test import Client

from kmarket.checks import check_production

PRODUCTION = {
    "DATABASE_URL": "postgresql://db.example/kmarket",
    "JWT_SECRET": "thirty-two bytes are enough, if they are random: 0123456789abcdef",
    "ALLOWED_HOSTS": "kmarket.com",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "TLS": "on",
}


def test_every_complaint_has_its_setting(settings):
    settings.ALLOWED_HOSTS = ["kmarket.com"]
    settings.RATE_LIMIT, settings.DEMO, settings.TLS = True, False, False
    assert check_production() == []
    for number, changes in {
        "W001": {"ALLOWED_HOSTS": ["*"]},
        "W002": {"RATE_LIMIT": False},
        "W003": {"DEMO": True},
        "W004": {"TRUSTED_PROXIES": (ipaddress.ip_network("0.0.0.0/0"),)},
        "W005": {"TLS": True},
        "W006": {"CORS_ALLOWED_ORIGINS": ["http://elsewhere.example"]},
        "W007": dict.fromkeys(("DATABASE_URL", "DATABASE_REPLICA_URL"), "postgresql://db/kmarket"),
    }.items():
        with pytest.MonkeyPatch.context() as patch:
            for name, value in changes.items():
                patch.setattr(django_settings, name, value)
            assert [each.id for each in check_production()] == [f"kmarket.{number}"]


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/api/v1/markets", "default-src 'none'"),
        ("/api/v1/nothing", "default-src 'none'"),
        ("/nothing", "default-src 'none'"),
        ("/api/v1/docs", "default-src 'self'"),
        ("/admin/login/", "default-src 'self'"),
    ],
)
def test_every_answer_has_the_headers_that_keep_browsers_careful(db, path, policy):
    answer = Client().get(path)
    assert {name: answer.get(name) for name in HEADERS} == HEADERS
    said = answer["Content-Security-Policy"]
    assert said.startswith(policy)
    assert "frame-ancestors 'none'" in said
    assert "unsafe" not in said


def test_a_production_with_tls_has_nothing_to_complain_about(db):
    """Plain requests are sent to https, and cookies are for it alone."""
    show = (
        "import django; django.setup();"
        "from django.core.management import call_command;"
        "from django.test import Client; from django.conf import settings as s;"
        "call_command('check', deploy=True, fail_level='WARNING');"
        "host = {'host': 'kmarket.com'};"
        "a = Client().get('/api/v1/config', headers=host);"
        "b = Client().get('/api/v1/healthz', headers=host);"
        "c = Client().get('/api/v1/healthz', headers=host, secure=True);"
        "print(a.status_code, a['Location'], b.status_code, c['Strict-Transport-Security'],"
        " s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY,"
        " s.SESSION_COOKIE_SAMESITE)"
    )
    names = ("PATH", "KMARKET_DATA_DIR", "DJANGO_SETTINGS_MODULE")
    told = subprocess.run(
        [sys.executable, "-c", show],
        cwd=django_settings.BASE_DIR,
        env={name: os.environ[name] for name in names} | PRODUCTION,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stdout == (
        "System check identified no issues (2 silenced).\n"
        "301 https://kmarket.com/api/v1/config 200 max-age=31536000 True True True Lax\n"
    ), told.stderr


def test_nobody_waits_for_a_lock_or_a_statement_for_ever(transactional_db):
    def of_database(name):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s)", [name])
            return cursor.fetchone()[0]

    assert of_database("statement_timeout") == "30s"
    assert of_database("lock_timeout") == "10s"
    assert of_database("idle_in_transaction_session_timeout") == "1min"


@pytest.mark.parametrize(
    ("setting", "waits"),
    [
        ("lock_timeout", "SELECT pg_advisory_xact_lock(71)"),
        ("statement_timeout", "SELECT pg_sleep(60)"),
    ],
)
def test_who_waits_too_long_is_told_to_come_back(
    transactional_db, alice_client, monkeypatch, setting, waits
):
    """The request is refused, nothing is done, and its connection is as good as before."""
    other = connections.create_connection("default")

    def wait(**_):
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                cursor.execute(f"SET LOCAL {setting} = '50ms'")
                cursor.execute(waits)
            finally:
                cursor.execute("ROLLBACK")

    monkeypatch.setattr("betting.selectors.balance", wait)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(71)")
        answer = alice_client.get("/api/v1/balance")
        cursor.execute("SELECT pg_advisory_unlock(71)")
    other.close()
    assert (answer.status_code, answer.json()["reason"]) == (503, "UNAVAILABLE")
    assert answer["Retry-After"] == "2"
    monkeypatch.undo()
    assert alice_client.get("/api/v1/balance").status_code == 200
