"""Which state of a market may follow which, and by which event. Pure."""

from enum import StrEnum


class MarketStatus(StrEnum):
    """What the public sees. A draft is seen by staff only."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What an operator, the clock or a settlement does to a market."""

    OPEN = "open"
    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE = "close"
    SETTLE = "settle"
    ROLLBACK = "rollback"
    VOID = "void"


_S = MarketStatus

# Event → (the states it may happen in, the state after it). What is not listed is refused.
TRANSITIONS: dict[Event, tuple[frozenset[MarketStatus], MarketStatus]] = {
    Event.OPEN: (frozenset({_S.DRAFT}), _S.ACTIVE),
    Event.SUSPEND: (frozenset({_S.ACTIVE}), _S.SUSPENDED),
    Event.RESUME: (frozenset({_S.SUSPENDED}), _S.ACTIVE),
    Event.CLOSE: (frozenset({_S.ACTIVE, _S.SUSPENDED}), _S.CLOSED),
    Event.SETTLE: (frozenset({_S.CLOSED}), _S.SETTLED),
    Event.ROLLBACK: (frozenset({_S.SETTLED}), _S.CLOSED),
    Event.VOID: (frozenset({_S.DRAFT, _S.ACTIVE, _S.SUSPENDED, _S.CLOSED}), _S.CANCELLED),
}
# In these states an operator or a feed may change prices, and an operator the start.
PRICEABLE = frozenset({_S.DRAFT, _S.ACTIVE, _S.SUSPENDED})
# What the chain may make of a pool, from each of them any other: a reorganisation takes back what a
# block said, be it a result, and a log that cannot be read hides the steps between. None of it is
# an event, so nobody brings it about in a book.
OF_POOLS = frozenset({_S.ACTIVE, _S.SUSPENDED, _S.CLOSED, _S.SETTLED, _S.CANCELLED})


def after(status: MarketStatus, event: Event) -> MarketStatus | None:
    """Return the state that `event` leads to, or None where it may not happen."""
    allowed, following = TRANSITIONS[event]
    return following if status in allowed else None


def possible(status: MarketStatus) -> list[Event]:
    """Return the events that may happen now, in the order of a market's life."""
    return [event for event in Event if after(status, event)]


def event_to(status: MarketStatus, wanted: MarketStatus) -> Event | None:
    """Return the operator's event that leads to `wanted`, None where there is none.

    Settling, voiding and rolling back are not among them: they concern the orders too.
    """
    operators = (Event.OPEN, Event.SUSPEND, Event.RESUME, Event.CLOSE)
    return next((event for event in operators if after(status, event) == wanted), None)
