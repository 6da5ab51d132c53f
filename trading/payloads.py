"""What the chain did, as clients are told: JSON members of rows and announcements. No queries.

Amounts and prices are strings, outcomes count from 1, addresses have their checksum. `finality` is
that of the log when it is told: "confirmed" may still be taken back, which is "pending" then.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from eth_utils.address import to_checksum_address

from chain.models import RawLog
from kmarket.api_fields import epoch_ms
from trading.models import Happening, Liquidity, Proposal, Trade
from trading.signals import BalanceChange, TakenBack

Finality = RawLog.Finality


def trade(row: Trade, *, finalized_block: int | None) -> dict[str, Any]:
    """Write a trade with the prices that it left. Its pool and its log are loaded."""
    prices = row.prices_after
    return {
        **_what(row, row.trader),
        "side": row.side,
        "outcome": row.outcome + 1,
        "shares": str(row.shares),
        "collateral": str(row.collateral),
        "fee": str(row.fee),
        "prices": None if prices is None else _texts(prices),
        **_where(row, finalized_block),
    }


def liquidity(row: Liquidity, *, finalized_block: int | None) -> dict[str, Any]:
    """Write liquidity given or taken back. Its pool and its log are loaded."""
    return {
        **_what(row, row.provider),
        "lp": str(row.lp),
        "collateral": str(row.collateral),
        "feesPaid": str(row.fees_paid),
        # What came with it, of each outcome.
        "shares": _texts(row.shares),
        **_where(row, finalized_block),
    }


def proposal(row: Proposal, *, finalized_block: int | None) -> dict[str, Any]:
    """Write a proposed result. Its pool and its log are loaded."""
    return {
        **_what(row, row.proposer),
        "outcome": row.outcome + 1,
        "round": row.round,
        "disputableUntil": row.disputable_until * 1000,
        **_where(row, finalized_block),
    }


def taken_back(undone: TakenBack) -> dict[str, Any]:
    """Write what a reorganisation took back: whoever shows it drops it."""
    return {
        "marketId": undone.market_id,
        "id": undone.log_id,
        "kind": undone.kind,
        "address": undone.address and to_checksum_address(undone.address),
        **_place(undone.transaction_hash, undone.block_number, undone.log_index),
        "finality": Finality.PENDING.value,
    }


def balance(change: BalanceChange, *, finalized_block: int | None) -> dict[str, Any]:
    """Write collateral that went to an address (more than 0) or from it, and why."""
    is_final = finalized_block is not None and change.block_number <= finalized_block
    finality = Finality.FINAL if is_final else Finality.CONFIRMED
    return {
        "address": to_checksum_address(change.address),
        "marketId": change.market_id,
        "token": to_checksum_address(change.collateral),
        "amount": str(change.amount),
        "why": change.why,
        "undone": change.is_undone,
        **_place(change.transaction_hash, change.block_number, change.log_index),
        "finality": (Finality.PENDING if change.is_undone else finality).value,
    }


def position(*, address: str, market_id: int, shares: Sequence[int], lp: int) -> dict[str, Any]:
    """Write what somebody holds in a market: shares of each outcome, and liquidity."""
    return {
        "address": to_checksum_address(address),
        "marketId": market_id,
        "shares": _texts(shares),
        "lp": str(lp),
    }


def _what(row: Happening, address: str) -> dict[str, Any]:
    return {
        "marketId": row.pool.market_id,
        "id": row.pk,
        "address": to_checksum_address(address),
    }


def _where(row: Happening, finalized_block: int | None) -> dict[str, Any]:
    return {
        **_place(row.log.transaction_hash, row.block_number, row.log_index),
        "finality": row.log.finality(finalized_block).value,
        "ts": epoch_ms(row.at),
    }


def _place(transaction_hash: str, block_number: int, log_index: int) -> dict[str, Any]:
    return {"txHash": transaction_hash, "blockNumber": block_number, "logIndex": log_index}


def _texts(amounts: Iterable[int]) -> list[str]:
    return [str(amount) for amount in amounts]
