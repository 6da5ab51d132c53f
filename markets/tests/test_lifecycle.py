"""The table of states, against the rules' own table written out by hand."""

import pytest

from markets.lifecycle import Event, MarketStatus, after, event_to, possible

RULES = {
    ("draft", "open"): "active",
    ("active", "suspend"): "suspended",
    ("suspended", "resume"): "active",
    ("active", "close"): "closed",
    ("suspended", "close"): "closed",
    ("closed", "settle"): "settled",
    ("settled", "rollback"): "closed",
    ("draft", "void"): "cancelled",
    ("active", "void"): "cancelled",
    ("suspended", "void"): "cancelled",
    ("closed", "void"): "cancelled",
}


@pytest.mark.parametrize("status", list(MarketStatus))
@pytest.mark.parametrize("event", list(Event))
def test_only_what_the_rules_list_may_happen(status, event):
    assert after(status, event) == RULES.get((status.value, event.value))


def test_the_possible_events_are_those_that_lead_somewhere():
    assert possible(MarketStatus.SUSPENDED) == [Event.RESUME, Event.CLOSE, Event.VOID]
    assert possible(MarketStatus.CANCELLED) == []


@pytest.mark.parametrize(
    ("status", "wanted", "event"),
    [
        ("draft", "active", Event.OPEN),
        ("suspended", "active", Event.RESUME),
        ("active", "closed", Event.CLOSE),
        ("closed", "settled", None),
        ("closed", "active", None),
        ("active", "cancelled", None),
        ("settled", "closed", None),
    ],
)
def test_an_operators_wish_for_a_state_becomes_an_event(status, wanted, event):
    assert event_to(MarketStatus(status), MarketStatus(wanted)) == event
