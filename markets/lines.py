"""Handicap and total lines in whole quarter points. Pure."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self

from kmarket.sentences import said

QUARTERS_MAX = 4 * 1000
DECIMALS_MAX = 20


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A line such as -3.5, kept as -14 quarters."""

    quarters: int

    def __post_init__(self) -> None:
        if abs(self.quarters) > QUARTERS_MAX:
            raise ValueError(said("A line lies between -1000 and 1000, not %(line)s.", line=self))

    @classmethod
    def parse(cls, value: str | int | Decimal) -> Self:
        """Read -3.5, from text or a number. What is no multiple of 0.25 is refused.

        Raises:
            ValueError: no number, no multiple of 0.25, or beyond 1000.
        """
        try:
            exact = Decimal(value)
        except InvalidOperation:
            raise ValueError(
                said("A line is a number such as -3.5, not %(value)r.", value=value)
            ) from None
        if not exact.is_finite() or abs(exact) > QUARTERS_MAX // 4:
            raise ValueError(said("A line lies between -1000 and 1000."))
        quarters = exact * 4
        if has_long_tail(exact) or quarters != quarters.to_integral_value():
            raise ValueError(said("A line is a multiple of 0.25."))
        return cls(int(quarters))

    @property
    def number(self) -> float:
        """The JSON number, -3.5: quarters are exact in binary."""
        return self.quarters / 4

    def __str__(self) -> str:
        return f"{self.quarters / 4:g}"


def has_long_tail(number: Decimal) -> bool:
    """Tell whether a finite number has more decimals than exact arithmetic on it would keep."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), number
    return exponent < -DECIMALS_MAX
