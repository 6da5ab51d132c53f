"""Rows under keys of their own, written by thousands: what is new, what changed, what is gone.

Each in one statement, whose cost is the rows'. Joins the caller's transaction.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from trading.arrays import arrays, lines

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the columns of its key, and the others, each with PostgreSQL's word for its type."""

    name: str
    key: dict[str, str]
    values: dict[str, str]

    def write(self, rows: Mapping[Key, tuple[Any, ...] | None], *, known: Collection[Key]) -> None:
        """Have these rows in the table, and none where there is None. `known`: those in it."""
        fresh, changed, gone = [], [], []
        # In an order that is always the same.
        for key in sorted(rows):
            values = rows[key]
            if values is None:
                gone.append(key)
            elif key in known:
                changed.append((*key, *values))
            else:
                fresh.append((*key, *values))
        with connection.cursor() as cursor:
            if fresh:
                names = ", ".join((*self.key, *self.values))
                with cursor.copy(f"COPY {self.name} ({names}) FROM STDIN") as into:
                    into.write(lines(fresh))
            if changed:
                cursor.execute(self._update(), arrays(changed))
            if gone := [key for key in gone if key in known]:
                cursor.execute(self._delete(), arrays(gone))

    def _update(self) -> str:
        # Arrays of arrays would be read as one: each goes as text.
        sent = self.key | {
            name: "text" if kind.endswith("[]") else kind for name, kind in self.values.items()
        }
        changes = ", ".join(f"{name} = n.{name}::{kind}" for name, kind in self.values.items())
        return f"""
            UPDATE {self.name} t SET {changes}
            FROM unnest({_placeholders(sent)}) AS n ({", ".join(sent)}) WHERE {self._same()}
        """  # noqa: S608 (the pieces are this file's own)

    def _delete(self) -> str:
        return f"""
            DELETE FROM {self.name} t
            USING unnest({_placeholders(self.key)}) AS n ({", ".join(self.key)})
            WHERE {self._same()}
        """  # noqa: S608 (the pieces are this file's own)

    def _same(self) -> str:
        return " AND ".join(f"t.{name} = n.{name}" for name in self.key)


def _placeholders(columns: Mapping[str, str]) -> str:
    return ", ".join(f"%s::{kind}[]" for kind in columns.values())
