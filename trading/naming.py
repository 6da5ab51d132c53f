"""How a pool is known as a market, before somebody gives it words of its own."""

from datetime import UTC, datetime
from hashlib import sha256

from eth_utils.crypto import keccak

from chain.events import MarketCreated
from kmarket import dev_chain
from markets.pools import NewPool, Words

# The last second that a datetime holds. A contract may name years beyond it.
_LATEST = 253_402_300_799
_DIGITS = 32


def market_of(event: MarketCreated, contract: str) -> NewPool:
    """Return the market to be made of a pool.

    The chain knows a question by its hash only: an operator describes the market
    (`markets.pools.describe`), and a replay leaves that as it is.
    """
    return NewPool(
        external_ref=_reference(event, contract),
        words=_words(event),
        closes_at=datetime.fromtimestamp(min(event.closes_at, _LATEST), tz=UTC),
    )


def _words(event: MarketCreated) -> Words:
    # Of the development chain's own questions we know the text.
    for question, labels, _ in dev_chain.MARKETS:
        is_asked = event.question_hash == f"0x{keccak(text=question).hex()}"
        if is_asked and event.outcome_count == len(labels):
            return Words(question=question, labels=tuple(labels))
    labels = [f"Outcome {number}" for number in range(1, event.outcome_count + 1)]
    return Words(question=f"Pool {event.market_id}", labels=tuple(labels))


def _reference(event: MarketCreated, contract: str) -> str:
    """Name a pool by its contract, its number, and all that its creation says of it.

    After a reorganisation a number may come to stand for another question.
    """
    facts = (
        *(event.creator, event.collateral, event.outcome_count, event.closes_at),
        *(event.resolve_by, event.dispute_window, event.fee_wad, event.question_hash),
    )
    digest = sha256("|".join(map(str, facts)).encode()).hexdigest()
    return f"{contract}:{event.market_id}:{digest[:_DIGITS]}"
