"""JSON of the vault."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.wallet import checksum
from kmarket.api_fields import AddressStringField, AmountStringField, StrictSerializer, epoch_ms
from vault import vouchers
from vault.api.answers import DepositAnswer, VaultAnswer, WithdrawalAnswer
from vault.models import Deposit, Reading, Withdrawal
from vault.signing import Vault

# Of the ratio of what is held to what is owed.
PLACES = 6


class WithdrawSerializer(StrictSerializer):
    """A withdrawal as it is asked for; without `to`, for the caller's own wallet."""

    example = {"amount": "1000000000000000000"}

    amount = AmountStringField()
    to = AddressStringField(required=False, allow_null=True, default=None)


class ListQuery(serializers.Serializer):
    """Which withdrawals to list."""

    state = serializers.ChoiceField(choices=Withdrawal.State.choices, required=False, default="")


def vault_answer(vault: Vault, reading: Reading | None) -> VaultAnswer:
    """Return what a wallet needs to deposit and to redeem. Nulls: not seen on the chain yet."""
    contract = checksum(vault.contract)
    token = None if reading is None else checksum(reading.token)
    return {
        "chainId": vault.chain_id,
        "contract": contract,
        "token": token,
        "symbol": settings.TOKEN_SYMBOL,
        "decimals": settings.TOKEN_DECIMALS,
        "depositsPaused": None if reading is None else reading.deposits_paused,
        "payoutsPaused": None if reading is None else reading.payouts_paused,
        "payoutLeft": None if reading is None else str(reading.payout_left),
        "deposit": [
            {"to": token, "function": "approve(address,uint256)", "args": [contract, "amount"]},
            {"to": contract, "function": "deposit(uint256)", "args": ["amount"]},
        ],
        "redeem": {
            "to": contract,
            "function": "withdraw(uint256,address,uint256,uint256,bytes)",
            "args": ["id", "to", "amount", "deadline", "signature"],
        },
        "domain": {
            "name": vouchers.NAME,
            "version": vouchers.VERSION,
            "chainId": vault.chain_id,
            "verifyingContract": contract,
        },
        "minWithdrawal": str(settings.VAULT_WITHDRAW_MIN),
        "dailyWithdrawal": _or_none(settings.VAULT_WITHDRAW_DAILY_MAX),
        "releasedAbove": _or_none(settings.VAULT_RELEASE_ABOVE),
        "voucherSeconds": settings.VAULT_VOUCHER_SECONDS,
    }


def deposit_answer(deposit: Deposit) -> DepositAnswer:
    """Return one deposit: pending until its block is final, then credited."""
    credited_at = deposit.credited_at
    return {
        "id": deposit.pk,
        "amount": str(deposit.amount),
        "status": "pending" if credited_at is None else "credited",
        "txHash": deposit.log.transaction_hash,
        "block": deposit.block_number,
        "createdAt": epoch_ms(deposit.log.block_time),
        "creditedAt": None if credited_at is None else epoch_ms(credited_at),
    }


def withdrawal_answer(withdrawal: Withdrawal) -> WithdrawalAnswer:
    """Return one withdrawal, with its voucher once it is out. `txHash`: the block that holds it may
    still be replaced as long as the state is `issued`."""
    log, ended_at = withdrawal.log, withdrawal.ended_at
    deadline = withdrawal.deadline
    return {
        "id": withdrawal.pk,
        "state": withdrawal.state,
        "amount": str(withdrawal.amount),
        "to": checksum(withdrawal.to),
        # As the contract takes it: seconds. The voucher's number is what is used up.
        "deadline": deadline,
        "nonce": str(withdrawal.pk),
        "signature": withdrawal.signature,
        "txHash": None if log is None else log.transaction_hash,
        "createdAt": epoch_ms(withdrawal.requested_at),
        "endedAt": None if ended_at is None else epoch_ms(ended_at),
    }


def solvency_answer(reading: Reading | None) -> dict[str, Any]:
    """Return what the vault holds and what is owed, both of one moment; nulls before the first."""
    if reading is None:
        nothing = ("block", "blockHash", "at", "held", "owed", "balances", "claims", "vouchers")
        return {**dict.fromkeys(nothing), "ratio": None, "solvent": None}
    return {
        "block": reading.block_number,
        "blockHash": reading.block_hash,
        "at": epoch_ms(reading.read_at),
        "held": str(reading.held),
        "owed": str(reading.owed),
        "balances": str(reading.balances),
        "claims": str(reading.claims),
        "vouchers": str(reading.vouchers),
        "ratio": ratio(reading.held, reading.owed),
        "solvent": reading.held >= reading.owed,
    }


def ratio(held: int, owed: int) -> str | None:
    """Return held / owed, rounded down, as a decimal; None where nothing is owed."""
    if owed == 0:
        return None
    whole, rest = divmod(held * 10**PLACES // owed, 10**PLACES)
    return f"{whole}.{rest:0{PLACES}}"


def _or_none(amount: int) -> str | None:
    return str(amount) if amount else None
