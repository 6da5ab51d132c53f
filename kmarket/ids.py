"""Numbers for markets and orders: time-ordered, unique across processes, below 2^53.

The database makes them, in `kmarket_next_id()`: the milliseconds since 2025 in the upper 41 bits,
a sequence in the lower 12. Two rows of one millisecond differ in the sequence, whichever process
writes them; the primary key would refuse a collision (4,096 rows within one millisecond). 2^41 ms
last until 2094, and JavaScript reads every number below 2^53 exactly.
"""

from typing import Any

from django.db import models

SAFE_MAX = 2**53 - 1
EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z
SEQUENCE_BITS = 12

CREATE_SQL = f"""
CREATE SEQUENCE kmarket_id_seq AS bigint CYCLE MINVALUE 0 MAXVALUE {2**SEQUENCE_BITS - 1};
CREATE FUNCTION kmarket_next_id() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT ((extract(epoch FROM clock_timestamp()) * 1000)::bigint - {EPOCH_MS})
        << {SEQUENCE_BITS} | nextval('kmarket_id_seq')
$$;
"""  # noqa: S608 (the numbers are this file's own)
DROP_SQL = "DROP FUNCTION kmarket_next_id(); DROP SEQUENCE kmarket_id_seq;"


def number_of(text: str) -> int | None:
    """Return the whole number up to SAFE_MAX that a text from outside is, None where it is none."""
    # Its length first: Python refuses to read thousands of digits.
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(SAFE_MAX))):
        return None
    return number if (number := int(text)) <= SAFE_MAX else None


class NextId(models.Func):
    """The next id, as a column's default in the database."""

    function = "kmarket_next_id"
    output_field = models.BigIntegerField()


class IdField(models.BigIntegerField):
    """A primary key that the database numbers with `kmarket_next_id()`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["primary_key"] = True
        kwargs["db_default"] = NextId()
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["primary_key"], kwargs["db_default"]
        return name, path, args, kwargs
