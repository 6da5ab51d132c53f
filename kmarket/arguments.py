"""What management commands are told: types for argparse, which refuses with one line."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime

from kmarket.ids import number_of

REASON_LENGTH_MAX = 500


def reason(text: str) -> str:
    """Read why something is done: it goes into the audit."""
    stripped = text.strip()
    if not 0 < len(stripped) <= REASON_LENGTH_MAX or not stripped.isprintable():
        raise ArgumentTypeError(f"say why, in 1 to {REASON_LENGTH_MAX} characters")
    return stripped


def number(text: str) -> int:
    """Read a market's or an order's number."""
    if not (given := number_of(text)):
        raise ArgumentTypeError(f"a number from 1 to 2^53 - 1, not {text[:40]!r}")
    return given


def moment(text: str) -> datetime:
    """Read an instant; UTC unless it says otherwise."""
    try:
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"a time such as 2026-08-15T19:00, not {text[:40]!r}") from None
