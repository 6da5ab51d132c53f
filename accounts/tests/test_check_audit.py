"""check_audit: what it says, what it names, and when it fails."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts import audit
from accounts.models import AdminAction, AuditSeal
from accounts.tests.test_audit_seal import ROWS, seal, tamper, verify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def write(bob):
    """A builder of audit rows, each committed."""

    def build() -> AdminAction:
        with transaction.atomic():
            return audit.record(actor=bob, action="test.act", target=bob, reason="because")

    return build


@pytest.fixture
def sealed(write) -> list[AdminAction]:
    """Three, each sealed in a round of its own."""
    written = []
    for _ in range(3):
        written.append(write())
        assert seal() == 1
    return written


@pytest.fixture
def run(capsys):
    def command(*args):
        call_command("check_audit", *args)
        return capsys.readouterr().out.splitlines()

    return command


def test_the_command_says_that_the_audit_is_whole(sealed, run):
    assert run() == [f"The audit is whole: 3 sealed, 0 not sealed yet, head {verify().head}"]


def test_the_command_names_the_rows_that_are_not_sealed_yet(sealed, write, run, monkeypatch):
    fresh = [write().pk, write().pk]
    whole = f"The audit is whole: 3 sealed, 2 not sealed yet, head {verify().head}"
    assert run() == [whole, f"Not sealed yet: {fresh[0]}, {fresh[1]}"]

    monkeypatch.setattr(audit, "TAIL_MAX", 1)
    assert run() == [whole, f"Not sealed yet: {fresh[0]}, …"]


def test_the_command_prints_each_fault_and_fails(sealed, run, capsys, monkeypatch):
    tamper(f"UPDATE {ROWS} SET reason = 'x' WHERE id = %s", sealed[0].pk)
    tamper(f"DELETE FROM {ROWS} WHERE id = %s", sealed[2].pk)
    with pytest.raises(CommandError, match=re.escape("The audit is not whole: 2 faults.")) as exc:
        run()
    assert exc.value.returncode == 1
    said = [
        f"Row {sealed[0].pk} or its seal 1 was altered.",
        f"Row {sealed[2].pk}, which seal 3 is of, is missing.",
    ]
    assert capsys.readouterr().err.splitlines() == said

    monkeypatch.setattr(audit, "FAULTS_MAX", 1)
    with pytest.raises(CommandError, match=re.escape("2 faults, the first 1 above.")):
        run()
    assert capsys.readouterr().err.splitlines() == said[:1]


def test_the_command_finds_a_head_that_was_noted(sealed, run, capsys):
    for noted in AuditSeal.objects.values_list("digest", flat=True):
        assert len(run("--head", noted.upper())) == 1
    assert len(run("--head", audit.GENESIS)) == 1

    with pytest.raises(CommandError, match="1 faults"):
        run("--head", "a" * 64)
    assert capsys.readouterr().err == f"The head {'a' * 64} is not in the chain.\n"
    with pytest.raises(CommandError, match="64 hexadecimal digits"):
        run("--head", "abc")
