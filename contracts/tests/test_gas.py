"""The table of contracts/README.md says what calls cost now."""

import pytest

from contracts.tests import gas

pytestmark = pytest.mark.needs("node")


def test_the_table_is_right_within_a_hundredth(stage):
    """A zero more or less in an address changes a few."""
    measured, written = gas.measured(stage), gas.written()

    remedy = "run `python -m contracts.tests.gas`"
    assert list(written) == list(measured), remedy
    for call, row in measured.items():
        assert written[call] == pytest.approx(row, rel=0.01), f"{call}: {remedy}"
