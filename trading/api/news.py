"""The JSON of what is told as it happens, in the words of the lists (`read_serializers`)."""

from typing import Any

from eth_utils.address import to_checksum_address

from kmarket.api_fields import epoch_ms
from trading.api.read_serializers import change_answer, public_trade_answer
from trading.models import Liquidity, Proposal, Trade
from trading.selectors import Finality, Finals
from trading.signals import BalanceChange, TakenBack

# What of a change of liquidity concerns its provider alone.
_OWN = frozenset({"cost", "shareCosts", "realized"})


def traded(trade: Trade, finals: Finals) -> dict[str, Any]:
    """Return a trade as everybody sees it, with the prices that it left of all outcomes."""
    prices = trade.prices_after
    return {
        **public_trade_answer(trade, finals),
        "prices": None if prices is None else [str(price) for price in prices],
    }


def changed(change: Liquidity, finals: Finals) -> dict[str, Any]:
    """Return liquidity given or taken back, as everybody sees it."""
    answer = change_answer(change, finals)
    public = {name: value for name, value in answer.items() if name not in _OWN}
    return {**public, "provider": to_checksum_address(change.provider)}


def proposed(proposal: Proposal, finals: Finals) -> dict[str, Any]:
    """Return a proposed result."""
    log = proposal.log
    return {
        "id": proposal.pk,
        "marketId": proposal.pool.market_id,
        **_place(log.transaction_hash, proposal.block_number, proposal.log_index),
        "ts": epoch_ms(proposal.at),
        "finality": finals.of(proposal.pool.contract, proposal.block_number),
        "proposer": to_checksum_address(proposal.proposer),
        "outcome": proposal.outcome + 1,
        "round": proposal.round,
        "disputableUntil": proposal.disputable_until * 1000,
    }


def taken_back(undone: TakenBack) -> dict[str, Any]:
    """Return what a reorganisation took back: whoever shows it drops it."""
    return {
        "id": undone.log_id,
        "marketId": undone.market_id,
        "kind": undone.kind,
        "address": undone.address and to_checksum_address(undone.address),
        **_place(undone.transaction_hash, undone.block_number, undone.log_index),
        "finality": Finality.PENDING,
    }


def moved(change: BalanceChange, *, finality: Finality) -> dict[str, Any]:
    """Return collateral that went to an address (more than 0) or from it, and why."""
    return {
        "address": to_checksum_address(change.address),
        "marketId": change.market_id,
        "collateral": to_checksum_address(change.collateral),
        "amount": str(change.amount),
        "why": change.why,
        "undone": change.is_undone,
        **_place(change.transaction_hash, change.block_number, change.log_index),
        "finality": Finality.PENDING if change.is_undone else finality,
    }


def _place(transaction_hash: str, block_number: int, log_index: int) -> dict[str, Any]:
    return {"txHash": transaction_hash, "blockNumber": block_number, "logIndex": log_index}
