"""Prove that the audit is whole, or print each fault and fail."""

import argparse
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from accounts import audit


class Command(BaseCommand):
    help = (
        "Prove the hash chain over the audit and name the rows that are not sealed yet; exit with"
        " 1 where something was altered, removed or put in between."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            type=digest,
            metavar="HASH",
            help="a head that was noted earlier: fail unless it is still in the chain",
        )

    def handle(self, *args: Any, head: str | None, **options: Any) -> str:
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                # The walk sees one moment, whatever is sealed meanwhile.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            report = audit.verify(noted=head)
        for fault in report.faults:
            self.stderr.write(fault)
        if report.fault_count:
            shown = len(report.faults)
            rest = f", the first {shown} above" if shown < report.fault_count else ""
            raise CommandError(f"The audit is not whole: {report.fault_count} faults{rest}.")
        lines = [
            f"The audit is whole: {report.sealed} sealed, {report.unsealed} not sealed yet,"
            f" head {report.head}"
        ]
        if report.tail:
            more = ", …" if report.unsealed > len(report.tail) else ""
            lines.append(f"Not sealed yet: {', '.join(map(str, report.tail))}{more}")
        return "\n".join(lines)


def digest(text: str) -> str:
    """Read a head as `check_audit` prints it, in either case."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError("a head has 64 hexadecimal digits")
    return text.lower()
