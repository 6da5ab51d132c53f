"""The tables of contracts/README.md say what calls cost now."""

import pytest

from contracts.tests import gas

pytestmark = pytest.mark.needs("node")


@pytest.mark.parametrize(
    ("name", "measure"), [(gas.MARKET, gas.measured), (gas.VAULT, gas.measured_vault)]
)
def test_the_table_is_right_within_a_hundredth(stage, name, measure):
    """A zero more or less in an address changes a few."""
    measured, written = measure(stage), gas.written(name)

    remedy = "run `python -m contracts.tests.gas`"
    assert list(written) == list(measured), remedy
    for call, row in measured.items():
        assert written[call] == pytest.approx(row, rel=0.01), f"{call}: {remedy}"
