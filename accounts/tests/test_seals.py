"""The hash chain over the audit: whole until somebody touches a row, and then it says which."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts import audit, seals
from accounts.models import AdminAction, AuditSeal


@pytest.fixture
def rows(bob) -> list[AdminAction]:
    """Three audit rows, not sealed yet."""
    return [
        audit.record(
            actor=bob, action="test.act", target=bob, reason=f"reason {n}", after={"b": n, "a": "1"}
        )
        for n in range(3)
    ]


@pytest.fixture
def sealed(rows) -> list[AdminAction]:
    assert seals.seal_new() == 3
    return rows


def tamper(sql: str, *params) -> None:
    """Change history, as somebody could who owns the database: triggers and keys switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, params)
        assert cursor.rowcount == 1
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_rows_are_sealed_once_in_their_order(rows):
    assert seals.seal_new() == 3
    assert seals.seal_new() == 0

    chain = AuditSeal.objects.order_by("number")
    assert list(chain.values_list("number", "action_id")) == [
        (number, row.pk) for number, row in enumerate(rows, start=1)
    ]
    found = seals.verify()
    assert (found.sealed, found.damage_count, found.unsealed_count) == (3, 0, 0)
    assert found.head == chain.last().digest


def test_a_digest_covers_the_row_and_the_digest_before(sealed):
    first, second, _ = AuditSeal.objects.order_by("number")
    row = AdminAction.objects.get(pk=sealed[1].pk)
    assert first.digest == seals.digest_of(
        AdminAction.objects.get(pk=sealed[0].pk), after=seals.GENESIS
    )
    assert second.digest == seals.digest_of(row, after=first.digest)
    assert second.digest != seals.digest_of(row, after=seals.GENESIS)


def test_an_empty_audit_is_whole(db):
    assert seals.seal_new() == 0
    assert seals.verify().damage_count == 0


def test_a_large_backlog_is_sealed_in_rounds(rows, monkeypatch):
    monkeypatch.setattr(seals, "SEALED_AT_ONCE", 2)
    assert [seals.seal_new() for _ in range(3)] == [2, 1, 0]
    assert seals.verify().damage_count == 0


def test_a_row_that_was_committed_late_comes_later_in_the_chain(sealed, bob):
    late = AdminAction.objects.create(
        action="test.late",
        target_type=sealed[0].target_type,
        target_id="1",
        reason="",
        request_id="-",
        at=sealed[0].at,
    )
    assert seals.seal_new() == 1
    assert AuditSeal.objects.get(action=late).number == 4
    assert seals.verify().damage_count == 0


COLUMNS = {
    "actor_id": "NULL",
    "action": "'test.other'",
    "target_type_id": "target_type_id + 1",
    "target_id": "'another'",
    "before": """'{"stake": "1"}'""",
    "after": """'{"b": 2, "a": "2"}'""",
    "reason": "'another'",
    "request_id": "'another'",
    "at": "at + interval '1 microsecond'",
}


@pytest.mark.parametrize("column", list(COLUMNS))
def test_whatever_is_altered_is_found(sealed, column):
    tamper(
        f"UPDATE accounts_adminaction SET {column} = {COLUMNS[column]} WHERE id = %s", sealed[1].pk
    )

    found = seals.verify()

    assert found.damaged == [f"audit row {sealed[1].pk} or its seal 2 was altered"]


def test_every_column_is_covered():
    stored = {field.column for field in AdminAction._meta.concrete_fields}
    assert set(COLUMNS) == stored - {"id"}


def test_a_row_that_was_removed_with_its_seal_is_missed(sealed):
    tamper("DELETE FROM accounts_auditseal WHERE action_id = %s", sealed[1].pk)
    tamper("DELETE FROM accounts_adminaction WHERE id = %s", sealed[1].pk)

    assert seals.verify().damaged == ["rows or seals before number 3 are missing"]


def test_a_row_that_was_removed_alone_is_missed(sealed):
    tamper("DELETE FROM accounts_adminaction WHERE id = %s", sealed[0].pk)
    assert seals.verify().damaged == ["rows or seals before number 2 are missing"]
    # The test's own end would refuse a key that leads nowhere.
    tamper("DELETE FROM accounts_auditseal WHERE number = 1")


def test_a_seal_that_was_altered_breaks_the_next_one_too(sealed):
    tamper("UPDATE accounts_auditseal SET digest = %s WHERE number = 1", "f" * 64)

    assert seals.verify().damaged == [
        f"audit row {sealed[0].pk} or its seal 1 was altered",
        f"audit row {sealed[1].pk} or its seal 2 was altered",
    ]


def test_two_rows_that_changed_places_are_found(sealed):
    first, second, _ = AuditSeal.objects.order_by("number")
    tamper("UPDATE accounts_auditseal SET action_id = -1 WHERE number = 1")
    tamper("UPDATE accounts_auditseal SET action_id = %s WHERE number = 2", first.action_id)
    tamper("UPDATE accounts_auditseal SET action_id = %s WHERE number = 1", second.action_id)
    assert seals.verify().damage_count == 2


@pytest.mark.parametrize(
    "sql",
    ["UPDATE accounts_auditseal SET digest = digest", "DELETE FROM accounts_auditseal"],
)
def test_the_database_refuses_to_change_a_seal(sealed, sql):
    with (
        pytest.raises(DatabaseError, match="accounts_auditseal is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert AuditSeal.objects.count() == 3


def test_a_digest_is_hex(rows):
    with pytest.raises(DatabaseError, match="seal_digest_hex"):
        AuditSeal.objects.create(number=1, action=rows[0], digest="x" * 64)


def test_a_slower_clock_leaves_the_rest_to_the_next_round(rows, monkeypatch):
    """Between reading and writing, another process seals the same rows."""
    digest_of = seals.digest_of

    def overtaken(row, *, after):
        monkeypatch.setattr(seals, "digest_of", digest_of)
        assert seals.seal_new() == 3
        return digest_of(row, after=after)

    monkeypatch.setattr(seals, "digest_of", overtaken)

    assert seals.seal_new() == 0
    assert AuditSeal.objects.count() == 3
    assert seals.verify().damage_count == 0


@pytest.fixture
def run(capsys):
    def command():
        call_command("check_audit")
        return capsys.readouterr().out.strip()

    return command


def test_the_command_says_that_all_is_whole_and_prints_the_head(sealed, run):
    head = AuditSeal.objects.get(number=3).digest
    assert run() == (
        f"The audit's 3 sealed rows are whole; the head is {head}. Nothing is unsealed."
    )


def test_the_command_names_what_is_not_sealed_yet(rows, run):
    numbers = ", ".join(str(row.pk) for row in rows)
    assert run() == (
        f"The audit's 0 sealed rows are whole; the head is {seals.GENESIS}."
        f" Not sealed yet: 3 ({numbers})."
    )


def test_the_command_names_a_few_of_many(rows, run, monkeypatch):
    monkeypatch.setattr(seals, "NAMED_MAX", 1)
    assert run().endswith(f"Not sealed yet: 3 ({rows[0].pk}, …).")


def test_the_command_fails_on_damage(sealed, run):
    tamper("UPDATE accounts_adminaction SET reason = 'x' WHERE id = %s", sealed[2].pk)
    expected = f"damaged in 1 places: audit row {sealed[2].pk} or its seal 3 was altered."
    with pytest.raises(CommandError, match=re.escape(expected)):
        run()
