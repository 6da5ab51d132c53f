"""Which vault it is that we sign for, and whether we may: looked at before each voucher.

The chain says who its signer is; the newest reading has it. A key that is not that one signs
nothing: its vouchers would be debits that nobody can redeem.
"""

import logging
from dataclasses import dataclass

from django.conf import settings

from vault import errors, signers, vouchers
from vault.models import Reading, Withdrawal
from vault.signers import NoSigner, Signer
from vault.vouchers import Domain, Voucher

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Vault:
    """One vault on one chain."""

    chain_id: int
    contract: str


def vault() -> Vault:
    """Return the vault of the settings.

    Raises:
        VaultNotConfigured: there is none.
    """
    if not settings.VAULT_CONTRACT:
        raise errors.VaultNotConfigured
    return Vault(settings.CHAIN_ID, settings.VAULT_CONTRACT)


def reading() -> Reading | None:
    """Return the vault as it was seen last; None where it never was.

    Raises:
        VaultNotConfigured: there is none.
    """
    where = vault()
    return Reading.objects.filter(chain_id=where.chain_id, contract=where.contract).first()


def trouble() -> str:
    """Return why no voucher can be signed here and now; empty where one can."""
    try:
        _fitting()
    except NoSigner as exc:
        return str(exc)
    return ""


def sign(withdrawal: Withdrawal) -> tuple[str, str]:
    """Return whose signature it is, and the signature.

    Raises:
        VaultUnavailable: no voucher can be signed here and now; the log says why.
    """
    assert withdrawal.deadline is not None, withdrawal
    domain = Domain(withdrawal.chain_id, withdrawal.contract)
    voucher = Voucher(withdrawal.pk, withdrawal.to, withdrawal.amount, withdrawal.deadline)
    try:
        signer = _fitting()
        return signer.address, signer.sign(vouchers.digest(domain, voucher))
    except NoSigner as exc:
        logger.error("No voucher is signed: %s", exc)  # noqa: TRY400 (no traceback: it is said)
        raise errors.VaultUnavailable from exc


def _fitting() -> Signer:
    """Return who signs here, if the vault takes what they sign.

    Raises:
        NoSigner: nobody, or it doesn't.
    """
    signer = signers.signer()
    if misfit := _misfit(signer):
        raise NoSigner(misfit)
    return signer


def _misfit(signer: Signer) -> str:
    seen = reading()
    if seen is None:
        return (
            f"the vault {settings.VAULT_CONTRACT} was not seen on chain {settings.CHAIN_ID} yet:"
            " do run_chain_listener and run_clock run?"
        )
    if seen.signer != signer.address:
        return (
            f"the vault takes what {seen.signer} signs, and VAULT_SIGNER_KEY is the key of"
            f" {signer.address}."
        )
    if seen.decimals != settings.TOKEN_DECIMALS:
        return (
            f"the vault's token has {seen.decimals} decimals, and TOKEN_DECIMALS is"
            f" {settings.TOKEN_DECIMALS}."
        )
    return ""
