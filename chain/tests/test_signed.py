"""Signed transactions: read as eth_account signs them, and nothing else is read at all."""

import pytest
import rlp
from eth_account import Account
from eth_utils import keccak, to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.wallet import CURVE_ORDER
from chain import signed
from chain.signed import Malformed
from kmarket.tests.proof import cases

WALLET = Account.from_key("0x" + "07" * 32)
TO = to_checksum_address("0x" + "c0" * 20)
LEGACY = {"gasPrice": 10**9}
TYPED = {
    "type": 1,
    "gasPrice": 10**9,
    "accessList": [{"address": TO, "storageKeys": ["0x" + "01" * 32]}],
}
DYNAMIC = {"type": 2, "maxFeePerGas": 10**9, "maxPriorityFeePerGas": 1}
KINDS = [LEGACY, TYPED, DYNAMIC]


def sign(**changes):
    said = {"nonce": 3, "gas": 21_000, "to": TO, "value": 5, "data": "0xabcd", "chainId": 56}
    return WALLET.sign_transaction({**said, **changes})


def raw(**changes):
    return "0x" + sign(**changes).raw_transaction.hex()


@settings(max_examples=cases(every_day=60, full=5_000))
@given(
    kind=st.sampled_from(KINDS),
    chain_id=st.sampled_from([1, 56, 31337, 2**53]),
    nonce=st.integers(0, 2**64 - 2),
    value=st.integers(0, 2**256 - 1),
    gas=st.integers(21_000, 2**63),
    data=st.binary(max_size=200),
    to=st.sampled_from([TO, ""]),
)
def test_what_a_wallet_signs_is_read_as_it_was(kind, chain_id, nonce, value, gas, data, to):
    wanted = {"nonce": nonce, "value": value, "gas": gas, "data": data, "to": to}
    made = sign(**kind, chainId=chain_id, **wanted)

    told = signed.read("0x" + made.raw_transaction.hex())

    assert told == signed.Signed(
        hash="0x" + made.hash.hex(),
        sender=WALLET.address.lower(),
        chain_id=chain_id,
        nonce=nonce,
        to=to.lower() or None,
        value=value,
        gas=gas,
        data="0x" + data.hex(),
    )


def test_one_without_a_chain_says_so():
    told = signed.read(raw(**LEGACY, chainId=None))
    assert (told.chain_id, told.sender) == (None, WALLET.address.lower())


def test_its_bytes_may_be_in_capitals_and_without_a_prefix():
    text = raw(**DYNAMIC)
    assert signed.read(text[2:].upper()) == signed.read(text)


@settings(max_examples=cases(every_day=60, full=5_000))
@given(kind=st.sampled_from(KINDS), place=st.integers(0, 10**6), by=st.integers(1, 255))
def test_another_byte_is_another_transaction_or_none(kind, place, by):
    """Never the same one's twin: whoever sees it could otherwise send it under another hash."""
    octets = bytearray.fromhex(raw(**kind)[2:])
    octets[place % len(octets)] ^= by
    try:
        told = signed.read("0x" + octets.hex())
    except Malformed:
        return
    assert told.sender != WALLET.address.lower() or told.hash != "0x" + keccak(bytes(octets)).hex()


def rewritten(kind, change):
    """A signed transaction whose items were changed, and written out again."""
    octets = bytes.fromhex(raw(**kind)[2:])
    prefix = b"" if kind is LEGACY else octets[:1]
    items = rlp.decode(octets[len(prefix) :])
    change(items)
    return "0x" + (prefix + rlp.encode(items)).hex()


def nested(depth):
    """Lists in lists, as deep as a body may hold."""
    octets = b""
    for _ in range(depth):
        octets = rlp.codec.length_prefix(len(octets), 192) + octets
    return "0x" + octets.hex()


def put(place, value):
    def change(items):
        items[place] = value

    return change


def mirror(items):
    """The same signature with the other s, which the curve allows too."""
    items[-1] = (CURVE_ORDER - int.from_bytes(items[-1])).to_bytes(32)
    items[-3] = b"" if items[-3] else b"\x01"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not RLP"),
        ("0x", "not RLP"),
        ("0x0", "hex"),
        ("0xzz", "hex"),
        ("0x00c0", "type is 0"),
        ("0x03c0", "type is 3"),
        ("0x04c0", "type is 4"),
        ("0x02", "not RLP"),
        (nested(8000), "no list of 9|not RLP"),
        ("0x0280", "no list"),
        ("0xc0", "no list of 9"),
        (raw(**DYNAMIC) + "00", "not RLP"),
        (rewritten(DYNAMIC, mirror), "upper half"),
        (rewritten(DYNAMIC, put(-2, b"")), "outside"),
        (rewritten(DYNAMIC, put(-3, b"\x02")), "parity"),
        (rewritten(DYNAMIC, put(1, b"\x00\x03")), "nonce is no number"),
        (rewritten(DYNAMIC, put(1, b"\xff" * 8)), "nonce is"),
        (rewritten(DYNAMIC, put(0, b"\xff" * 8)), "chainId is"),
        (rewritten(DYNAMIC, put(1, [])), "nonce is no number"),
        (rewritten(DYNAMIC, put(5, b"\x01" * 19)), "no address"),
        (rewritten(DYNAMIC, put(5, [])), "no address"),
        (rewritten(DYNAMIC, put(7, [])), "no bytes"),
        (rewritten(DYNAMIC, put(8, b"\x01")), "no list"),
        (rewritten(DYNAMIC, lambda items: items.pop()), "no list of 12"),
        (rewritten(LEGACY, put(-3, b"\x01")), "v is 1"),
    ],
)
def test_what_is_no_transaction_is_refused(text, why):
    with pytest.raises(Malformed, match=why):
        signed.read(text)
