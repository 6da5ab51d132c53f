"""The house's proofs: when they are made, by whom, and what is remembered of them."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts import audit
from accounts.models import AdminAction, Role
from betting.models import Balance
from console import checks
from console.checks import Kind
from console.models import CheckRun
from console.tests.conftest import with_role

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> datetime:
    return datetime.now(tz=UTC)


def made_at_once() -> None:
    """Have the clock's look make what is due, and wait for it."""
    if thread := checks.start_due(now()):
        thread.join(30)
        assert not thread.is_alive()


def outcomes() -> dict[str, int | None]:
    return dict(CheckRun.objects.values_list("kind", "fault_count"))


def test_a_sound_house_passes_and_says_what_was_seen(place):
    place()
    audit.seal(now())

    made_at_once()

    assert outcomes() == {"ledger": 0, "audit": 0}
    ledger, sealed = CheckRun.objects.order_by("-kind")
    assert "escrow 100" in ledger.said
    assert " 0 not sealed yet, head " in sealed.said
    assert ledger.passed
    assert ledger.began_at <= ledger.ended_at


def test_a_fault_of_the_books_is_counted_and_named(alice, caplog):
    Balance.objects.filter(user=alice).update(available=1001)

    run = checks.run(Kind.LEDGER)

    assert (run.fault_count, run.passed) == (1, False)
    assert run.said == f"balance of user {alice.pk}: stored 1001, computed 1000"
    assert "found 1 faults" in caplog.text


def test_a_fault_of_the_audit_is_counted_and_named(market):
    audit.seal(now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE accounts_adminaction SET reason = 'nicer'")

    run = checks.run(Kind.AUDIT)

    assert run.fault_count
    assert "was altered" in run.said


def test_what_could_not_be_finished_is_no_success(place, caplog):
    checks.run(Kind.LEDGER)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE betting_balance RENAME TO away")
    try:
        run = checks.run(Kind.LEDGER)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO betting_balance")

    assert (run.fault_count, run.passed) == (None, False)
    assert run.said.startswith("ProgrammingError")
    assert caplog.records[-1].levelno == logging.ERROR


def test_each_is_made_once_an_hour(db):
    assert checks.due(now()) == list(Kind)
    made_at_once()
    assert checks.due(now()) == []
    assert checks.start_due(now()) is None
    assert checks.due(now() + timedelta(minutes=59)) == []
    assert checks.due(now() + timedelta(minutes=61)) == list(Kind)


def test_whoever_asks_has_it_made_at_the_next_look(trader):
    made_at_once()
    before = CheckRun.objects.get(kind="ledger").ended_at

    checks.request(kind=Kind.LEDGER, actor=trader)

    assert checks.due(now()) == [Kind.LEDGER]
    made_at_once()
    assert CheckRun.objects.get(kind="ledger").ended_at > before
    assert checks.due(now()) == []


def test_only_one_process_checks_at_a_time(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", checks.LOCK)
        made_at_once()
        assert outcomes() == {}
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", checks.LOCK)
    made_at_once()
    assert set(outcomes()) == {"ledger", "audit"}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_the_button_asks_for_a_check_and_leaves_an_action(role):
    client = with_role(role)
    assert "/admin/check/audit/" in client.get("/admin/").content.decode()

    answer = client.post("/admin/check/audit/", follow=True)

    assert answer.redirect_chain == [("/admin/", 302)]
    assert len(answer.context["messages"]) == 1
    assert CheckRun.objects.get().wanted_at is not None
    action = AdminAction.objects.get(action="check.request")
    assert (action.actor.username, action.target_id) == (f"the {role}", "audit")


@pytest.mark.parametrize("role", [Role.TRADER, Role.SETTLER])
def test_whoever_may_not_ask_has_no_button(role):
    client = with_role(role)
    assert "/admin/check/audit/" not in client.get("/admin/").content.decode()
    assert client.post("/admin/check/audit/").status_code == 403
    assert not CheckRun.objects.exists()


def test_there_are_no_other_checks_and_no_asking_by_a_link(trader):
    client = Client()
    client.force_login(trader)
    assert client.post("/admin/check/everything/").status_code == 400
    assert client.get("/admin/check/audit/").status_code == 405
    assert not CheckRun.objects.exists()
