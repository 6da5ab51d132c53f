"""Model fields shared by all apps."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

AMOUNT_DIGITS = 78  # enough for a uint256
AMOUNT_MAX = 2**256 - 1


def is_hex(name: str, *, digits: int) -> Q:
    """Return the condition that a column holds 0x and so many lower-case hex digits.

    The length is compared by itself: a count in the pattern makes it eight times as slow, which a
    backfill of millions of rows feels.
    """
    return Q(Exact(Length(name), digits + 2), **{f"{name}__regex": r"^0x[0-9a-f]+$"})


def is_address(name: str) -> Q:
    """Return the condition that a column holds an address in its one spelling."""
    return is_hex(name, digits=40)


def is_hash(name: str) -> Q:
    """Return the condition that a column holds a 32-byte hash in its one spelling."""
    return is_hex(name, digits=64)


def in_range(*names: str, least: int = 0) -> Q:
    """Return the condition that columns hold amounts, from `least` on."""
    return Q(*((f"{name}__range", (least, AMOUNT_MAX)) for name in names))


class AmountField(models.DecimalField):
    """A whole number of a token's smallest unit, `int` in Python and NUMERIC(78,0) in PostgreSQL.

    Floats and fractions are refused instead of rounded: money that was rounded silently is lost.
    `digits`: of what is no amount but made of them, and needs more.
    """

    # What the type checker takes for the column's values.
    _pyi_private_set_type: int
    _pyi_private_get_type: int  # type: ignore[assignment]

    def __init__(self, *, digits: int = AMOUNT_DIGITS, **kwargs: Any) -> None:
        super().__init__(max_digits=digits, decimal_places=0, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["decimal_places"]
        if (digits := kwargs.pop("max_digits")) != AMOUNT_DIGITS:
            kwargs["digits"] = digits
        return name, path, args, kwargs

    def from_db_value(self, value: Decimal | None, *_: Any) -> int | None:
        if value is None:
            return None
        whole = int(value)
        assert whole == value, f"an amount of {value} has a fraction"
        return whole

    def to_python(self, value: Any) -> int | None:
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, Decimal) and value == value.to_integral_value():
            return int(value)
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            return int(value)
        raise TypeError(f"An amount is a whole number, not {value!r}.")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        return super().get_db_prep_value(value, connection, prepared)


class AddressField(models.CharField):
    """An EVM address as 0x and 40 lower-case hex digits: one spelling, so that equal is equal."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["max_length"] = 42
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs


class HashField(models.CharField):
    """A 32-byte hash as 0x and 64 lower-case hex digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["max_length"] = 66
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs
