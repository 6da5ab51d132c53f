"""What a wallet signs to sign in, and who signed it. Pure: no Django, no clock, no network."""

import re

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature as NoSuchKey
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

# The order of secp256k1, of which r and s are residues.
CURVE_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
# Wallets write the parity of the signature's point as 0 and 1, or as 27 and 28.
PARITY = {0: 0, 1: 1, 27: 0, 28: 1}

_LOGIN = re.compile(r"Login to KMarket: nonce=[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")
# A contract wallet's may be anything, also nothing.
CONTRACT_SIGNATURE_BYTES_MAX = 8192
_CONTRACT_SIGNATURE = re.compile(rf"0x(?:[0-9a-fA-F]{{2}}){{0,{CONTRACT_SIGNATURE_BYTES_MAX}}}")


class MalformedSignature(ValueError):
    """Not a signature that a wallet makes, whoever the signer."""


def login_message(nonce: str) -> str:
    """Return the text that a wallet signs to sign in."""
    return f"Login to KMarket: nonce={nonce}"


def is_login_message(text: str) -> bool:
    """Tell whether the text is exactly a login message, with whatever nonce."""
    return _LOGIN.fullmatch(text) is not None


def checksum(address: str) -> str:
    """Return the address in the mixed case of EIP-55."""
    return to_checksum_address(address)


def personal_hash(message: str) -> bytes:
    """Return the 32 bytes that personal_sign (EIP-191, version 0x45) signs for this text."""
    text = message.encode()
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text)


def is_signature(text: str) -> bool:
    """Tell whether the text is 65 bytes in hex, whatever they say."""
    return _SIGNATURE.fullmatch(text) is not None


def contract_signature(text: str) -> bytes | None:
    """Return the bytes that a contract wallet may be asked about, None where these are none."""
    return bytes.fromhex(text[2:]) if _CONTRACT_SIGNATURE.fullmatch(text) else None


def recover(message: str, signature: str) -> str:
    """Return the address, in lower case, whose key signed `message`. `signature`: 0x and r s v.

    Raises:
        MalformedSignature: not 65 bytes of hex; r or s outside the curve's order; s in its upper
            half; v not 0, 1, 27 or 28; or no key makes this signature.
    """
    if not is_signature(signature):
        raise MalformedSignature("A signature is 0x and 130 hex digits.")
    octets = bytes.fromhex(signature[2:])
    r, s, v = int.from_bytes(octets[:32]), int.from_bytes(octets[32:64]), octets[64]
    if v not in PARITY:
        raise MalformedSignature(f"The signature's v is 0, 1, 27 or 28, not {v}.")
    return signer(personal_hash(message), parity=PARITY[v], r=r, s=s)


def signer(digest: bytes, *, parity: int, r: int, s: int) -> str:
    """Return the address, in lower case, whose key signed 32 bytes. `parity`: 0 or 1.

    Raises:
        MalformedSignature: r or s outside the curve's order; s in its upper half; or no key makes
            this signature.
    """
    if not 0 < r < CURVE_ORDER:
        raise MalformedSignature("The signature's r lies outside the curve's order.")
    # Whoever sees a signature can make a second one of the same key with the other s (EIP-2).
    if not 0 < s <= CURVE_ORDER // 2:
        raise MalformedSignature("The signature's s is zero or in the upper half of the order.")
    point = Signature(vrs=(parity, r, s))
    try:
        key = point.recover_public_key_from_msg_hash(digest)
    except NoSuchKey:
        raise MalformedSignature("No key makes this signature.") from None
    return key.to_address()
