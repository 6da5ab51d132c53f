"""A signed transaction as a wallet hands it out: what it says, and who signed it. Pure.

Three kinds are read: legacy, with the chain in its signature (EIP-155) or without, EIP-2930 and
EIP-1559. There is one way to write each, and no other is taken: its hash would be another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import rlp
from eth_utils.crypto import keccak
from rlp.exceptions import DecodingError

from accounts import wallet
from accounts.wallet import MalformedSignature

ADDRESS_BYTES = 20
# The first byte of a typed transaction is below this, of a list at or above it.
TYPES_MAX = 0x7F
# By type (0: legacy, which says none): the fields that are signed.
FIELDS: dict[int, Sequence[str]] = {
    0: ("nonce", "gasPrice", "gas", "to", "value", "data"),
    1: ("chainId", "nonce", "gasPrice", "gas", "to", "value", "data", "accessList"),
    2: (
        *("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas"),
        *("to", "value", "data", "accessList"),
    ),
}
# Numbers are below this, where a word of 256 bits would be too much.
_LIMITS = {"chainId": 2**63, "nonce": 2**64 - 1, "gas": 2**64}
_NOT_NUMBERS = {"to", "data", "accessList"}
# A legacy signature's v: 27 or 28 without a chain, else 35 or 36 and twice the chain's id.
_V = 27
_V_OF_CHAINS = 35


class Malformed(ValueError):
    """Not a signed transaction of a kind that is read here. The message says why."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signed transaction says. Hashes, addresses and data are 0x and lower-case hex."""

    hash: str
    sender: str
    # None: it is good on any chain.
    chain_id: int | None
    nonce: int
    # None: it deploys a contract.
    to: str | None
    # Of the chain's own coin.
    value: int
    gas: int
    data: str


def read(raw: str) -> Signed:
    """Return what a transaction of 0x and hex digits says.

    Raises:
        Malformed: it is none, of another kind, or its signature is nobody's.
    """
    try:
        octets = bytes.fromhex(raw.removeprefix("0x"))
    except ValueError:
        raise Malformed("It is not 0x and whole bytes in hex.") from None
    kind = octets[0] if octets and octets[0] <= TYPES_MAX else 0
    if kind not in FIELDS or (octets and octets[0] == 0):
        raise Malformed(f"Its type is {kind}: of typed ones, 1 and 2 are taken.")
    *fields, v, r, s = _items(octets[1:] if kind else octets, count=len(FIELDS[kind]) + 3)
    said = _said(kind, fields)
    parity, chain_id = _chain(kind, _number("v", v), said)
    bare = [*fields, *([_bytes(chain_id), b"", b""] if not kind and chain_id is not None else [])]
    digest = keccak((bytes([kind]) if kind else b"") + rlp.encode(bare))
    try:
        sender = wallet.signer(digest, parity=parity, r=_number("r", r), s=_number("s", s))
    except MalformedSignature as exc:
        raise Malformed(str(exc)) from None
    return Signed(
        hash="0x" + keccak(octets).hex(),
        sender=sender,
        chain_id=chain_id,
        nonce=said["nonce"],
        to=said["to"],
        value=said["value"],
        gas=said["gas"],
        data=said["data"],
    )


def _items(octets: bytes, *, count: int) -> list[Any]:
    try:
        items = rlp.decode(octets)
    except (DecodingError, RecursionError) as exc:
        raise Malformed(f"Its bytes are not RLP: {type(exc).__name__}.") from None
    if not isinstance(items, list) or len(items) != count:
        raise Malformed(f"Its bytes are no list of {count}.")
    return items


def _said(kind: int, fields: Sequence[Any]) -> dict[str, Any]:
    named = dict(zip(FIELDS[kind], fields, strict=True))
    said: dict[str, Any] = {
        name: _number(name, item) for name, item in named.items() if name not in _NOT_NUMBERS
    }
    to, data = named["to"], named["data"]
    if not isinstance(to, bytes) or len(to) not in {0, ADDRESS_BYTES}:
        raise Malformed("Its recipient is no address.")
    if not isinstance(data, bytes):
        raise Malformed("Its data are no bytes.")
    if not isinstance(named.get("accessList", []), list):
        raise Malformed("Its access list is no list.")
    return said | {"to": "0x" + to.hex() if to else None, "data": "0x" + data.hex()}


def _chain(kind: int, v: int, said: dict[str, Any]) -> tuple[int, int | None]:
    """Return the signature's parity, and the chain that it is for."""
    if kind:
        if v not in {0, 1}:
            raise Malformed(f"Its signature's parity is 0 or 1, not {v}.")
        return v, said["chainId"]
    if v in {_V, _V + 1}:
        return v - _V, None
    if v < _V_OF_CHAINS:
        raise Malformed(f"Its signature's v is {v}.")
    return (v - _V_OF_CHAINS) % 2, (v - _V_OF_CHAINS) // 2


def _number(name: str, item: Any) -> int:
    if not isinstance(item, bytes) or item[:1] == b"\0":
        raise Malformed(f"Its {name} is no number as RLP writes it.")
    number = int.from_bytes(item)
    if number >= _LIMITS.get(name, 2**256):
        raise Malformed(f"Its {name} is {number}.")
    return number


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)
