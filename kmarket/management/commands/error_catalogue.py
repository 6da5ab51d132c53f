"""Print every refusal of the API, from the classes that make them."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from kmarket.errors import CODES, INVALID, INVALID_MESSAGE, DomainError

HEAD = """# Errors

Every answer that is not a 2xx has one shape: `{"code", "message"}`, and where they say something,
`reason` (a stable word for programs) and `details` (per field, or what would have been allowed).
`message` is for people and may change. This page is printed by
`manage.py error_catalogue`; a test compares.

| status | code |
| --- | --- |
"""


class Command(BaseCommand):
    help = "Print docs/errors.md from the classes of refusals."

    def handle(self, *args: Any, **options: Any) -> str:
        codes = "\n".join(f"| {status} | {code} |" for status, code in sorted(CODES.items()))
        rows = sorted({(error.reason, error.status, error.message) for error in _named()})
        reasons = "\n".join(f"| `{reason}` | {status} | {text} |" for reason, status, text in rows)
        return (
            f"{HEAD}{codes}\n\n| reason | status | message |\n| --- | --- | --- |\n"
            f"| `{INVALID}` | 400 | {INVALID_MESSAGE} `details.fields` says what. |\n{reasons}"
        )


def _named(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """Yield every class of refusal that has a reason of its own."""
    for child in kind.__subclasses__():
        if "reason" in vars(child):
            yield child
        yield from _named(child)
