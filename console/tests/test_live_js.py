"""static/console/live.js writes what the server writes: the same texts of the same prices."""

import json
import subprocess

import pytest
from django.conf import settings

from conftest import ALL_GROUPS, TWO_WAY
from console import live, market_rows
from kmarket.testing import node
from markets import history, selectors, wire
from markets.lines import Line
from markets.odds import Moneyline, Odds, Prices, Spread, Total
from markets.outcomes import ONE

SCRIPT = """
import { texts } from "./console/static/console/live.js";
const [payload, config] = JSON.parse(process.argv[1]);
console.log(JSON.stringify(texts(payload, config)));
"""
ODD_NUMBERS = Prices(
    moneyline=Moneyline(Odds(101), Odds(100_000), Odds(1010)),
    spread=Spread(Line.parse("-0.25"), Odds(229), Odds(115)),
    total=Total(Line.parse("1000"), Odds(210), Odds(107)),
)
ONLY_A_TOTAL = Prices(total=Total(Line.parse("0.25"), Odds(200), Odds(199)))


def shown(market) -> dict[str, str]:
    """Return what live.js shows of the market's present state."""
    update = selectors.current_update(market)
    payload = wire.payload(update) if update else wire.unpriced_payload(market)
    config = {"nothing": market_rows.NOTHING, "status": live.context()["status"]}
    ended = subprocess.run(
        [node(), "--input-type=module", "-e", SCRIPT, json.dumps([payload, config])],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(ended.stdout)


@pytest.mark.needs("node")
@pytest.mark.parametrize(
    "prices",
    [TWO_WAY, ALL_GROUPS, ODD_NUMBERS, ONLY_A_TOTAL, history.UNPRICED],
    ids=["two-way", "all groups", "odd numbers", "only a total", "none"],
)
def test_the_page_writes_prices_as_the_server_does(open_market, prices):
    market = open_market(prices=prices)
    assert shown(market) == {
        **market_rows.price_texts(prices),
        "status": "active",
        "start": market_rows.start_text(market.start_time),
    }


@pytest.mark.needs("node")
@pytest.mark.parametrize(
    "prices",
    [(), (ONE // 8, 7 * ONE // 8, 0), (ONE - 1, 1, 0), (ONE, 0, 0)],
    ids=["none", "three", "nearly one", "one"],
)
def test_the_page_writes_outcomes_as_the_server_does(open_pool, prices):
    pool = open_pool(prices, labels=("Ann", "Bo", "Cy"))
    assert shown(pool) == {
        **market_rows.price_texts(history.UNPRICED),
        **market_rows.outcome_texts(pool, prices or None),
        "status": "active",
        "start": market_rows.start_text(pool.start_time),
    }
