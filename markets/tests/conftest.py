"""What several of the markets' tests use."""

import pytest

from markets import signals


@pytest.fixture
def announced():
    """What the markets announced during the test: (market id, seq) and (market id, event)."""
    heard = []

    def remember_odds(updates, **_):
        heard.extend((update.market_id, update.seq) for update in updates)

    def remember_event(market, event, **_):
        heard.append((market.pk, event))

    signals.odds_changed.connect(remember_odds)
    signals.market_changed.connect(remember_event)
    yield heard
    signals.odds_changed.disconnect(remember_odds)
    signals.market_changed.disconnect(remember_event)
