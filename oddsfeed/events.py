"""What is told besides odds: frames of /ws/odds, which are also Socket.IO's events.

A frame is a JSON object that begins with its `type`. `docs/sockets.md` shows each of them.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from eth_utils.address import to_checksum_address

from markets.api.serializers import market_row
from markets.models import Market

CREATED = "created"
BALANCE, POSITION = "user:balance_update", "user:position_update"
TRANSACTION = "user:transaction_update"
DEPOSIT, WITHDRAWAL = "user:deposit_update", "user:withdrawal_update"


@dataclass(frozen=True, slots=True)
class Standing:
    """A user's money, in the smallest unit: to stake, and settled but not yet claimed."""

    # None: an operator without a wallet.
    address: str | None
    balance: int
    owed: int


def frame(kind: str, /, **members: Any) -> str:
    """Return {"type": kind, …}."""
    return orjson.dumps({"type": kind, **members}).decode()


def market(subject: Market, event: str, *, ts: int) -> str:
    """Tell of a market's life. `event`: "created", "updated", "closed" or "resolved"."""
    row = market_row(subject, None)
    # Odds come as odds: these here would be older or newer than those.
    del row["odds"]
    result = {
        "description": subject.description,
        "winning_option": subject.winning_option,
        "home_score": subject.home_score,
        "away_score": subject.away_score,
    }
    return frame(f"market:{event}", marketId=subject.pk, market=row | result, ts=ts)


def balance(standing: Standing, *, ts: int) -> str:
    """Tell users what they have in the house, as GET balance does."""
    return frame(
        BALANCE,
        source="ledger",
        address=shown(standing.address),
        balance=str(standing.balance),
        owed=str(standing.owed),
        ts=ts,
    )


def resync(*, ts: int) -> str:
    """Tell users that something that concerns them may be missing: read it anew."""
    return frame("user:resync", ts=ts)


def shown(address: str | None) -> str | None:
    """Return an address as the API writes it."""
    return None if address is None else to_checksum_address(address)
