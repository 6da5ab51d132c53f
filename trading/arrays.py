"""Columns of rows as PostgreSQL reads them: far cheaper to send than rows of values. Pure.

Nothing that goes in needs escaping: numbers, hex, words, times and arrays of numbers. A column has
one kind of value, or nulls.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

_NULL = "\\N"


def lines(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as COPY takes them.

    Many times as fast as psycopg, which asks of each value what it is.
    """
    columns = [_texts(column, _braced) for column in zip(*rows, strict=True)]
    return "\n".join([*map("\t".join, zip(*columns, strict=True)), ""])


def arrays(rows: Iterable[Sequence[Any]]) -> list[str]:
    """Return the columns of at least one row, each as an array."""
    return [array(column) for column in zip(*rows, strict=True)]


def array(column: Iterable[Any]) -> str:
    """Return a column as an array; arrays in it go as texts."""
    return f"{{{','.join(_texts(tuple(column), _quoted))}}}"


def _texts(column: Sequence[Any], written: Callable[[Any], str]) -> Iterable[str]:
    first = next((value for value in column if value is not None), None)
    if isinstance(first, tuple | list):
        return map(written, column)
    if None in column:
        return [_NULL if value is None else str(value) for value in column]
    return map(str, column)


def _braced(values: Sequence[int] | None) -> str:
    return _NULL if values is None else f"{{{','.join(map(str, values))}}}"


def _quoted(values: Sequence[int]) -> str:
    return f'"{{{",".join(map(str, values))}}}"'
