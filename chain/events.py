"""What our contracts say happened, in our own names. Pure.

There are two families: the contract of markets, and the vault. A profile maps a contract's events
to these (chain.profiles). Amounts and shares are in the token's smallest unit; `fee_wad` is in
10^18ths of what is paid; times are Unix seconds as the contract has them. Every event carries
`seq`: the contract counts its events, so that a missing one shows.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

# 0x and 40, or 64, lower-case hex digits.
Address = Annotated[str, "address"]
Hash = Annotated[str, "bytes32"]


class Family(StrEnum):
    """What a contract is to us."""

    MARKETS = "markets"
    VAULT = "vault"


@dataclass(frozen=True, slots=True)
class MarketCreated:
    """A market is open. It has no liquidity yet."""

    market_id: int
    creator: Address
    collateral: Address
    seq: int
    outcome_count: int
    closes_at: int
    resolve_by: int
    dispute_window: int  # seconds
    fee_wad: int
    question_hash: Hash


@dataclass(frozen=True, slots=True)
class SharesBought:
    """`trader` paid `collateral_in`, of which `fee` stays with the providers."""

    market_id: int
    trader: Address
    outcome: int
    seq: int
    collateral_in: int
    fee: int
    shares_out: int
    pools_after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SharesSold:
    """`trader` got `collateral_out`, `fee` already taken off."""

    market_id: int
    trader: Address
    outcome: int
    seq: int
    collateral_out: int
    fee: int
    shares_in: int
    pools_after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LiquidityAdded:
    """`shares_returned`: of each outcome, what the pool's prices had no room for."""

    market_id: int
    provider: Address
    seq: int
    collateral_in: int
    lp_minted: int
    shares_returned: tuple[int, ...]
    pools_after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LiquidityRemoved:
    """The provider got shares of each outcome, and the fees that were earned."""

    market_id: int
    provider: Address
    seq: int
    lp_burned: int
    fees_paid: int
    shares_out: tuple[int, ...]
    pools_after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ResultProposed:
    """A result that may still be challenged until `disputable_until`."""

    market_id: int
    proposer: Address
    outcome: int
    seq: int
    round: int
    disputable_until: int
    evidence_hash: Hash


@dataclass(frozen=True, slots=True)
class ResultFinalized:
    """A share of outcome n pays `payout_numerators[n] / payout_denominator`."""

    market_id: int
    outcome: int
    seq: int
    voided: bool
    payout_numerators: tuple[int, ...]
    payout_denominator: int


@dataclass(frozen=True, slots=True)
class WinningsClaimed:
    """`claimant` gave up all its shares; `recipient` got `payout`."""

    market_id: int
    claimant: Address
    recipient: Address
    seq: int
    shares_burned: tuple[int, ...]
    payout: int


@dataclass(frozen=True, slots=True)
class Deposited:
    """`amount` tokens came in, for `user` to have."""

    user: Address
    seq: int
    amount: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """`user` got `amount` tokens by a voucher, which is good for nothing now."""

    voucher_id: int
    user: Address
    seq: int
    amount: int


Event = (
    MarketCreated
    | SharesBought
    | SharesSold
    | LiquidityAdded
    | LiquidityRemoved
    | ResultProposed
    | ResultFinalized
    | WinningsClaimed
)
VaultEvent = Deposited | Withdrawn
AnyEvent = Event | VaultEvent
EVENTS: tuple[type[Event], ...] = (
    MarketCreated,
    SharesBought,
    SharesSold,
    LiquidityAdded,
    LiquidityRemoved,
    ResultProposed,
    ResultFinalized,
    WinningsClaimed,
)
EVENTS_OF: dict[Family, tuple[type[AnyEvent], ...]] = {
    Family.MARKETS: EVENTS,
    Family.VAULT: (Deposited, Withdrawn),
}
