"""The overround that the odds form shows while somebody types, against the house's own."""

import json
import subprocess

import pytest
from django.conf import settings

from markets.odds import Moneyline, Odds, overround

SOURCE = settings.BASE_DIR / "console/static/console/market_odds.js"


def shown(cases: list[list[str]]) -> list[float | None]:
    """Return what the form's own function makes of these texts."""
    asked = f"console.log(JSON.stringify({json.dumps(cases)}.map(overround)));"
    done = subprocess.run(
        ["node", "--input-type=module"],
        input=SOURCE.read_text() + asked,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@pytest.mark.needs("node")
def test_the_margin_is_that_of_the_server():
    cases = [["1.85", "2.10"], ["2.5", "2.80", " 3.3 "], ["2.20", "2.2"], ["1.01", "1000"]]
    for texts, margin in zip(cases, shown(cases), strict=True):
        group = Moneyline(*(Odds.parse(text.strip()) for text in texts))
        assert margin == pytest.approx(float(overround(group)), abs=1e-12)


@pytest.mark.needs("node")
def test_what_is_no_price_has_no_margin():
    cases = [[], ["1.85", ""], ["1.85", "x"], ["1.00", "2"], ["1.855", "2"], ["1e2", "2"]]
    assert shown([*cases, ["1000.01", "2"]]) == [None] * 7
