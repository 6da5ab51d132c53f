"""What the house signs so that the vault pays: EIP-712, byte for byte. Pure.

The contract hashes the same words (contracts/Vault.sol), and a test holds the two together.
"""

from dataclasses import dataclass

from eth_utils.crypto import keccak

from accounts.wallet import CURVE_ORDER

NAME, VERSION = "kmarket vault", "1"
_DOMAIN = keccak(
    text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_WITHDRAWAL = keccak(text="Withdrawal(uint256 id,address to,uint256 amount,uint256 deadline)")
_SIGNED = b"\x19\x01"


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a voucher is good, and nowhere else."""

    chain_id: int
    contract: str  # 0x and 40 lower-case hex digits


@dataclass(frozen=True, slots=True)
class Voucher:
    """`amount` of the vault's token for `to`, once, until `deadline` (seconds since 1970)."""

    id: int
    to: str
    amount: int
    deadline: int


def digest(domain: Domain, voucher: Voucher) -> bytes:
    """Return the 32 bytes that the signer signs."""
    separator = keccak(
        _DOMAIN
        + keccak(text=NAME)
        + keccak(text=VERSION)
        + _word(domain.chain_id)
        + _address(domain.contract)
    )
    said = keccak(
        _WITHDRAWAL
        + _word(voucher.id)
        + _address(voucher.to)
        + _word(voucher.amount)
        + _word(voucher.deadline)
    )
    return keccak(_SIGNED + separator + said)


def packed(*, r: int, s: int, is_odd: bool) -> str:
    """Return a signature as the contract takes it: r, s and v, s in the lower half of the order."""
    if s > CURVE_ORDER // 2:
        s, is_odd = CURVE_ORDER - s, not is_odd
    return "0x" + (r.to_bytes(32) + s.to_bytes(32) + bytes([27 + is_odd])).hex()


def _word(value: int) -> bytes:
    return value.to_bytes(32)


def _address(address: str) -> bytes:
    return bytes(12) + bytes.fromhex(address[2:])
