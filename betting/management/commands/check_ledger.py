"""Prove that the books balance, or print each difference and fail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from betting import books


class Command(BaseCommand):
    help = "Check every balance, escrow, payout and claim; exit with 1 where the books differ."

    def handle(self, *args: Any, **options: Any) -> str:
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                # All checks see one moment, whatever is placed and claimed meanwhile.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            differences = books.differences()
            totals = books.account_totals()
        for difference in differences:
            self.stderr.write(str(difference))
        if differences or sum(totals.values()):
            raise CommandError(f"The books do not balance: {len(differences)} differences.")
        accounts = ", ".join(f"{account} {total}" for account, total in totals.items())
        return f"The books balance. {accounts or 'No entries yet.'}"
