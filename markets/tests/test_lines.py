from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.lines import QUARTERS_MAX, Line


@given(st.integers(-QUARTERS_MAX, QUARTERS_MAX).map(Line))
def test_text_number_and_line_convert_into_each_other(line):
    assert Line.parse(str(line)) == line
    assert Line.parse(Decimal(repr(line.number))) == line


@pytest.mark.parametrize(
    ("value", "quarters"), [("-3.5", -14), ("0.25", 1), (219, 876), (Decimal("-0.75"), -3), (0, 0)]
)
def test_a_line_is_kept_in_quarters(value, quarters):
    assert Line.parse(value) == Line(quarters)


@pytest.mark.parametrize(
    "value", ["0.1", "-3.3", "1000.25", "1e9999", "NaN", "", "a", "0.25000000000000000000000000001"]
)
def test_what_is_no_quarter_is_refused(value):
    with pytest.raises(ValueError, match=r"^A line "):
        Line.parse(value)
