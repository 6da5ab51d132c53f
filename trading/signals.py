"""What `trading` announces, always after commit and with `send_robust`. Listeners must not write
here, and what one of them fails at concerns nobody else.

Of what the chain says, only news is announced: events of blocks that are younger than an hour
(`announcing.NEWS`) when they are read. A first reading of years is none, nor is a replay: whoever
listens reads the rows. What a reorganisation takes back is announced whatever its age.
"""

from dataclasses import dataclass

from django.dispatch import Signal

# Each has its pool with the market, and its log, loaded; in the order of the chain.
traded = Signal()  # trades: tuple[Trade, ...]
liquidity_changed = Signal()  # changes: tuple[Liquidity, ...]
# A result was proposed, or another one in its place. The final one changes the market itself:
# markets.signals says so.
result_proposed = Signal()  # proposals: tuple[Proposal, ...]
# Who holds something else than before, in which market. Also after a reorganisation.
positions_changed = Signal()  # changes: tuple[PositionChange, ...]
# Whose collateral moved on the chain, and why. Also after a reorganisation.
balances_changed = Signal()  # changes: tuple[BalanceChange, ...]
# What a reorganisation undid, the newest first. What the new branch has instead is announced as
# ever; a transaction that is mined again has other log ids there.
taken_back = Signal()  # undone: tuple[TakenBack, ...]
# What has become of a transaction that a user handed in. None of the chain's own news: sent for
# whatever its age, whenever its state changes.
transaction_changed = Signal()  # submission: Submission, with its user


@dataclass(frozen=True, slots=True)
class PositionChange:
    """Somebody's position in a market differs from what it was."""

    address: str
    market_id: int


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """Collateral went to an address (more than 0) or from it, in the smallest unit.

    `why` is "buy", "sell", "add", "remove" or "claim"; with `is_undone` it was one, and never
    happened: the amount is then what comes back or goes again.
    """

    address: str
    market_id: int
    collateral: str
    amount: int
    why: str
    transaction_hash: str
    block_number: int
    log_index: int
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An event that is not on the chain any more."""

    # "created", "buy", "sell", "add", "remove", "proposed", "finalized" or "claim".
    kind: str
    # Of the row that is gone.
    log_id: int
    market_id: int
    # Whose it was; of a creation, a proposal or a result: nobody's here.
    address: str | None
    transaction_hash: str
    block_number: int
    log_index: int
