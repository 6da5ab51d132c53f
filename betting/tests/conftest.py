from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from accounts.models import User
from betting import books, decisions, ledger, services


def available(user: User) -> int:
    return ledger.available(user_id=user.pk)


@contextmanager
def past_the_triggers():
    """A transaction in which history can be changed, as whoever restores a backup could."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def balanced_books(db):
    """At the end of the test the books balance."""
    yield
    with transaction.atomic():
        assert books.differences() == []
        assert sum(books.account_totals().values()) == 0


@pytest.fixture
def confirm(market, trader):
    """Have the trader carry out exactly what a preview showed: confirm(preview)."""

    def carry_out(preview):
        return decisions.carry_out(
            market_id=market.pk,
            decision=preview.decision,
            actor=trader,
            reason="a test",
            previewed=preview.digest,
        )

    return carry_out


@pytest.fixture
def people(db):
    """Make so many users, each with so much to stake: people(8, each=100)."""

    def make(number: int, *, each: int) -> list[User]:
        users = []
        for one in range(number):
            address = f"0x{one + 1:040x}"
            users.append(User.objects.create_user(address, address=address))
            services.credit(user=users[-1], amount=each, actor=None, reason="to begin with")
        return users

    return make
