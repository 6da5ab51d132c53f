"""The chain over the audit: whole while nobody touches it, and then it says what was touched."""

import hashlib
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import AdminAction, AuditSeal
from kmarket import clock, epoch

pytestmark = pytest.mark.django_db(transaction=True)

ROWS, SEALS = "accounts_adminaction", "accounts_auditseal"


@pytest.fixture
def write(bob):
    """A builder of audit rows, each committed."""

    def build(reason="because", **changes) -> AdminAction:
        with transaction.atomic():
            return audit.record(actor=bob, action="test.act", target=bob, reason=reason, **changes)

    return build


@pytest.fixture
def rows(write) -> list[AdminAction]:
    """Three, not sealed yet."""
    return [write(f"reason {n}", after={"b": n, "a": "1"}) for n in range(3)]


@pytest.fixture
def sealed(rows) -> list[AdminAction]:
    """Three, sealed in one round."""
    assert seal() == 3
    return rows


@pytest.fixture
def rounds(write) -> list[AdminAction]:
    """Four, each sealed in a round of its own."""
    written = []
    for n in range(4):
        written.append(write(f"reason {n}"))
        assert seal() == 1
    return written


@pytest.fixture
def other():
    """A second connection, in a transaction that nobody has begun or ended yet."""
    with psycopg.connect(**connection.get_connection_params()) as second:
        yield second
        second.rollback()


def seal() -> int:
    return audit.seal(datetime.now(tz=UTC))


def verify(noted: str | None = None) -> audit.Report:
    with transaction.atomic():
        return audit.verify(noted=noted)


def faults() -> list[str]:
    return verify().faults


def tamper(sql: str, *params) -> None:
    """Change one row of history as a superuser can, who switches the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        # No table is altered while a foreign key waits for its check.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in (ROWS, SEALS):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        cursor.execute(sql, params)
        assert cursor.rowcount == 1
        for table in (ROWS, SEALS):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")


def insert(like: AdminAction, *, within=connection, **columns: str) -> int:
    """Put a copy of a row in, some columns of it given as SQL; return its id."""
    copied = ["action", "target_type_id", "target_id", "before", "after", "reason", "request_id"]
    values = {name: name for name in copied} | columns
    with within.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {ROWS} ({', '.join(values)}) SELECT {', '.join(values.values())}"
            f" FROM {ROWS} WHERE id = %s RETURNING id",
            [like.pk],
        )
        return cursor.fetchone()[0]


def test_rows_are_sealed_once_in_their_order(rows):
    assert seal() == 3
    assert seal() == 0

    chain = AuditSeal.objects.order_by("number")
    assert list(chain.values_list("number", "action_id")) == [
        (number, row.pk) for number, row in enumerate(rows, start=1)
    ]
    assert verify() == audit.Report(
        sealed=3, unsealed=0, head=chain.last().digest, faults=[], fault_count=0, tail=[]
    )


def test_an_empty_audit_is_whole():
    assert seal() == 0
    assert verify() == audit.Report(
        sealed=0, unsealed=0, head="0" * 64, faults=[], fault_count=0, tail=[]
    )


def test_an_outsider_can_recompute_a_digest(sealed):
    """By docs/audit.md, and with nothing of ours."""
    row = AdminAction.objects.get(pk=sealed[1].pk)
    first, second, _ = AuditSeal.objects.order_by("number")
    document = (
        f'{{"previous":"{first.digest}","row":{{"action":"test.act","actor_id":{row.actor_id},'
        r'"after":"{\"a\": \"1\", \"b\": 1}",'
        f'"at":"{row.at:%Y-%m-%dT%H:%M:%S.%fZ}","before":"{{}}","id":{row.pk},"reason":"reason 1",'
        f'"request_id":"-","target_id":"{row.target_id}","target_type_id":{row.target_type_id},'
        f'"xid":{row.xid}}},"seal":{{"action_id":{row.pk},"begun_from":{second.begun_from},'
        f'"finished_below":{second.finished_below},"finished_id":null,"history":"{epoch.current()}","number":2,'
        f'"sealed_at":"{second.sealed_at:%Y-%m-%dT%H:%M:%S.%fZ}"}}}}'
    )
    assert second.digest == hashlib.sha256(document.encode()).hexdigest()
    assert json.loads(document)["row"]["reason"] == "reason 1"


def test_words_in_any_script_are_sealed_as_utf_8(write):
    write('"Größe"\n日本 \U0001f3c0')
    assert seal() == 1
    assert faults() == []


ALTERED_ROWS = {
    "actor_id": "NULL",
    "action": "'test.other'",
    "target_type_id": "(SELECT max(id) FROM django_content_type)",
    "target_id": "'another'",
    "before": """'{"stake": "1"}'""",
    # Equal for whoever reads it as a number, and not the same.
    "after": """'{"a": "1", "b": 1.0}'""",
    "reason": "'another'",
    "request_id": "'another'",
    "at": "at + interval '1 microsecond'",
    "xid": "xid + 1",
}
ALTERED_SEALS = {
    "sealed_at": "sealed_at - interval '1 microsecond'",
    "history": "'0123456789abcdef'",
    "finished_below": "finished_below - 1",
    "finished_id": "0",
    "begun_from": "NULL",
}


def test_every_column_is_covered():
    rows = {column.column for column in AdminAction._meta.concrete_fields}
    assert set(audit._ROW) == rows == {"id", *ALTERED_ROWS}
    seals = {column.column for column in AuditSeal._meta.concrete_fields}
    assert set(audit._SEAL) == seals - {"digest"} == {"number", "action_id", *ALTERED_SEALS}


@pytest.mark.parametrize("column", list(ALTERED_ROWS))
def test_an_altered_row_shows(sealed, column):
    tamper(f"UPDATE {ROWS} SET {column} = {ALTERED_ROWS[column]} WHERE id = %s", sealed[1].pk)
    assert faults() == [f"Row {sealed[1].pk} or its seal 2 was altered."]


@pytest.mark.parametrize("column", list(ALTERED_SEALS))
def test_an_altered_seal_shows(sealed, column):
    tamper(f"UPDATE {SEALS} SET {column} = {ALTERED_SEALS[column]} WHERE number = 2")
    assert faults() == [f"Row {sealed[1].pk} or its seal 2 was altered."]


def test_an_altered_digest_breaks_the_next_seal_too(sealed):
    tamper(f"UPDATE {SEALS} SET digest = %s WHERE number = 1", "f" * 64)
    assert faults() == [
        f"Row {sealed[0].pk} or its seal 1 was altered.",
        f"Row {sealed[1].pk} or its seal 2 was altered.",
    ]


@pytest.mark.parametrize("at", ["infinity", "-infinity", "0044-03-15 BC", "20000-01-01"])
def test_a_time_beyond_all_years_is_a_fault_like_any_other(sealed, write, at):
    tamper(f"UPDATE {ROWS} SET at = %s WHERE id = %s", at, sealed[2].pk)
    tamper(f"UPDATE {SEALS} SET sealed_at = %s WHERE number = 3", at)
    write()
    assert seal() == 1
    assert faults()[0] == f"Row {sealed[2].pk} or its seal 3 was altered."


def test_what_json_cannot_be_read_into_is_sealed(sealed):
    nested, long = "[" * 3000 + "]" * 3000, "9" * 5000
    row = insert(sealed[0], before=f"'{nested}'::jsonb", after=f"'[{long}, 1.50]'::jsonb")
    assert seal() == 1
    assert faults() == []

    tamper(f"UPDATE {ROWS} SET after = '[{long}, 1.5]' WHERE id = %s", row)
    assert faults() == [f"Row {row} or its seal 4 was altered."]


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_deleted_row_shows_wherever_it_was(sealed, write, position):
    gone = sealed[position].pk
    tamper(f"DELETE FROM {ROWS} WHERE id = %s", gone)
    missing = [f"Row {gone}, which seal {position + 1} is of, is missing."]
    assert faults() == missing

    write()
    assert seal() == 1
    assert faults() == missing


def test_a_row_deleted_with_its_seal_shows(sealed):
    tamper(f"DELETE FROM {ROWS} WHERE id = %s", sealed[1].pk)
    tamper(f"DELETE FROM {SEALS} WHERE number = 2")
    assert faults() == ["Seal 2 is missing, so that seal 3 proves nothing."]


def test_deleted_seals_show_and_stay_deleted(rounds, write):
    tamper(f"DELETE FROM {SEALS} WHERE number = 2")
    tamper(f"DELETE FROM {SEALS} WHERE number = 3")
    write()

    assert seal() == 1

    assert faults() == [
        "Seals 2 to 3 are missing, so that seal 4 proves nothing.",
        f"Row {rounds[1].pk} was put in later: seal 5 covers all of its time.",
        f"Row {rounds[2].pk} was put in later: seal 5 covers all of its time.",
    ]


def test_the_last_seal_of_a_round_is_missed(sealed):
    tamper(f"DELETE FROM {SEALS} WHERE number = 3")
    assert seal() == 0
    assert faults() == [f"Row {sealed[2].pk} was put in later: seal 2 covers all of its time."]


def test_a_round_removed_from_the_end_shows_only_against_its_head(rounds):
    head = verify().head
    tamper(f"DELETE FROM {ROWS} WHERE id = %s", rounds[3].pk)
    tamper(f"DELETE FROM {SEALS} WHERE number = 4")
    assert faults() == []
    assert verify(head).faults == [f"The head {head} is not in the chain."]


def test_a_chain_written_anew_shows_only_against_its_head(sealed):
    head = verify().head
    tamper(f"UPDATE {ROWS} SET reason = 'another' WHERE id = %s", sealed[0].pk)
    with transaction.atomic():
        links = list(audit._links())
    digest = audit.GENESIS
    for link in links:
        digest = audit.digest(previous=digest, seal=link.seal, row=link.row)
        tamper(f"UPDATE {SEALS} SET digest = %s WHERE number = %s", digest, link.seal["number"])
    assert faults() == []
    assert verify(head).faults == [f"The head {head} is not in the chain."]


def test_a_row_inserted_among_the_sealed_ones_shows(rounds):
    forged = insert(rounds[1], id="id + 1000", at="at", xid="xid")
    # It is not sealed, which would make it look like one of the others.
    assert seal() == 0
    assert faults() == [f"Row {forged} was put in later: seal 4 covers all of its time."]


def test_a_row_that_only_says_that_it_is_old_shows(rounds):
    forged = insert(rounds[0], id="-7", at="TIMESTAMP '2026-01-02 03:04:05Z'")
    assert seal() == 1
    fourth = AuditSeal.objects.get(number=4)
    assert faults() == [
        f"Row {forged} says that it is of 2026-01-02T03:04:05.000000Z, but was written after seal 4"
        f" of {fourth.sealed_at:%Y-%m-%dT%H:%M:%S.%fZ}."
    ]


def test_a_row_inserted_with_a_seal_of_its_own_shows(rounds):
    forged = insert(rounds[1], at="at", xid="xid")
    for number in (4, 3):
        tamper(f"UPDATE {SEALS} SET number = number + 1 WHERE number = %s", number)
    second = AuditSeal.objects.get(number=2)
    second.number, second.action_id = 3, forged
    second.save(force_insert=True)
    assert faults() == [
        f"Row {row} or its seal {number} was altered."
        for row, number in [(forged, 3), (rounds[2].pk, 4), (rounds[3].pk, 5)]
    ]


@pytest.mark.parametrize("column", ["action_id", "number"])
def test_seals_that_changed_places_show(rounds, column):
    second, third = AuditSeal.objects.filter(number__in=[2, 3]).order_by("number")
    a, b = getattr(second, column), getattr(third, column)
    for old, new in [(a, 0), (b, a), (0, b)]:
        tamper(f"UPDATE {SEALS} SET {column} = %s WHERE {column} = %s", new, old)
    assert f"Row {rounds[2].pk} or its seal 2 was altered." in faults()
    assert f"Row {rounds[1].pk} or its seal 3 was altered." in faults()


def test_rows_that_changed_places_show(sealed):
    for old, new in [(0, -1), (1, 0), (-1, 1)]:
        ids = {0: sealed[0].pk, 1: sealed[1].pk, -1: -1}
        tamper(f"UPDATE {ROWS} SET id = %s WHERE id = %s", ids[new], ids[old])
    assert faults() == [
        f"Row {sealed[0].pk} or its seal 1 was altered.",
        f"Row {sealed[1].pk} or its seal 2 was altered.",
    ]


def test_only_the_first_faults_are_named(sealed, monkeypatch):
    monkeypatch.setattr(audit, "FAULTS_MAX", 1)
    tamper(f"DELETE FROM {ROWS} WHERE id = %s", sealed[0].pk)
    tamper(f"DELETE FROM {ROWS} WHERE id = %s", sealed[1].pk)
    report = verify()
    assert (len(report.faults), report.fault_count) == (1, 2)


def test_what_is_not_sealed_yet_is_no_fault(sealed, write):
    with transaction.atomic():
        write("taken back")
        transaction.set_rollback(True)
    fresh = [write("new").pk, write("newer").pk]
    report = verify()
    assert (report.unsealed, report.tail, report.faults) == (2, fresh, [])


def test_a_row_that_is_committed_late_is_sealed_then(write, rows, other):
    """It took its id and wrote before others that are sealed without it."""
    slow = insert(rows[0], within=other)
    swift = write().pk
    assert swift > slow
    assert (seal(), seal()) == (4, 0)
    write()
    assert seal() == 1
    assert verify().tail == []

    other.commit()

    assert verify().tail == [slow]
    assert faults() == []
    assert (seal(), seal()) == (1, 0)
    assert AuditSeal.objects.get(action_id=slow).number == 6
    assert (verify().unsealed, faults()) == (0, [])


def test_a_row_that_is_committed_hours_late_is_no_fault(rows, other):
    insert(rows[0], within=other)
    assert audit.seal(datetime.now(tz=UTC) + timedelta(hours=2)) == 3
    other.commit()
    assert seal() == 1
    assert faults() == []


def test_while_one_seals_the_other_leaves_it_alone(rows, other):
    other.execute("SELECT pg_advisory_xact_lock(%s, %s)", audit.LOCK)
    assert seal() == 0
    assert not AuditSeal.objects.exists()

    other.commit()
    assert seal() == 3


def test_two_at_once_seal_each_row_once(write):
    together = Barrier(2)

    def both(_: int) -> int:
        try:
            together.wait(10)
            return seal()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        for round_ in range(1, 6):
            written = [write().pk for _ in range(20)]
            assert sorted(threads.map(both, range(2))) == [0, 20]
            newest = AuditSeal.objects.order_by("number").values_list("action_id", flat=True)
            assert list(newest)[-20:] == written
            assert AuditSeal.objects.count() == 20 * round_
    assert faults() == []


def test_a_large_backlog_is_sealed_in_rounds(bob, write, monkeypatch):
    monkeypatch.setattr(audit, "SEALED_AT_ONCE", 2)
    with transaction.atomic():
        for n in range(3):
            audit.record(actor=bob, action="test.act", target=bob, reason=f"together {n}")
    write("alone")
    assert [seal() for _ in range(3)] == [2, 2, 0]
    # Where a round left off, ids say nothing of other transactions.
    insert(AdminAction.objects.get(reason="alone"), id="-7")
    assert seal() == 1
    assert (
        list(AuditSeal.objects.order_by("number").values_list("begun_from", flat=True))[:4]
        == [None] * 4
    )
    assert (verify().sealed, verify().unsealed, faults()) == (5, 0, [])


def test_what_waited_for_a_day_is_no_fault(rows, sealed, write, monkeypatch):
    """The clock was down, and then there was more than one round's work."""
    monkeypatch.setattr(audit, "SEALED_AT_ONCE", 2)
    for _ in range(5):
        write()
    tomorrow = datetime.now(tz=UTC) + timedelta(days=1)
    assert [audit.seal(tomorrow + timedelta(seconds=n)) for n in range(3)] == [2, 2, 1]
    assert faults() == []


def test_a_restored_database_goes_on_where_it_was(rows, write):
    """Its transactions are numbered anew; rows that waited have numbers of the old kind."""
    with transaction.atomic():
        first, *_ = audit._rows_to_seal((0, 0))
    now = datetime.now(tz=UTC)
    columns = {
        "number": 1,
        "action_id": rows[0].pk,
        "sealed_at": now,
        "history": "0123456789abcdef",
        "finished_below": 10**15,
        "finished_id": None,
        "begun_from": 10**15,
    }
    digest = audit.digest(
        previous=audit.GENESIS,
        seal=columns | {"sealed_at": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}"},
        row=first,
    )
    AuditSeal.objects.create(**columns, digest=digest)
    waited = insert(rows[0], xid=str(10**15 + 7))
    assert verify().tail == [rows[1].pk, rows[2].pk, waited]
    assert faults() == []

    assert (seal(), seal()) == (3, 0)

    write("after it")
    assert (seal(), seal()) == (1, 0)
    assert (verify().sealed, verify().unsealed, faults()) == (5, 0, [])


@pytest.mark.parametrize("change", [f"UPDATE {SEALS} SET digest = digest", f"DELETE FROM {SEALS}"])
def test_the_database_refuses_to_change_a_seal(sealed, change):
    before = list(AuditSeal.objects.order_by("number").values())
    with (
        pytest.raises(DatabaseError, match=f"{SEALS} is append-only"),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert list(AuditSeal.objects.order_by("number").values()) == before


def test_a_digest_is_hex(sealed):
    last = AuditSeal.objects.get(number=3)
    last.number, last.action_id, last.digest = 4, 0, "x" * 64
    with pytest.raises(DatabaseError, match="seal_digest_hex"):
        last.save(force_insert=True)
    assert str(AuditSeal.objects.order_by("-number").first()) == "seal 3"


def test_the_clock_seals_every_second_and_not_by_its_hosts_time(rows):
    (job,) = [job for job in clock.jobs() if job.name == "seal the audit"]
    assert job.seconds == 1

    job.function(datetime.now(tz=UTC) + timedelta(hours=2))

    assert AuditSeal.objects.filter(sealed_at__lte=Now()).count() == len(rows)


def test_each_round_logs_its_head(rows, caplog):
    caplog.set_level(logging.INFO, logger="accounts.audit")
    seal()
    seal()
    assert caplog.messages == [f"Sealed 3 audit rows; the head is {verify().head}, of seal 3."]
