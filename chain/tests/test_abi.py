"""Decoding against eth_abi: what it encodes is read as it was, and nothing else is read at all."""

import eth_abi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import abi
from chain.abi import Layout, Undecodable, UnknownType

ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda octets: "0x" + octets.hex())


def octets(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


def uints(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1) | st.sampled_from([0, 1, 2**bits - 1])


VALUES = {
    "uint256": uints(256),
    "uint64": uints(64),
    "uint8": uints(8),
    "int256": st.integers(-(2**255), 2**255 - 1),
    "int24": st.integers(-(2**23), 2**23 - 1),
    "bool": st.booleans(),
    "address": ADDRESSES,
    "bytes32": octets(32),
    "bytes4": octets(4),
    "bytes": st.binary(max_size=70),
    "string": st.text(max_size=30),
    "uint256[]": st.lists(uints(256), max_size=5),
    "uint16[]": st.lists(uints(16), max_size=5),
    "address[]": st.lists(ADDRESSES, max_size=3),
    "uint256[3]": st.lists(uints(256), min_size=3, max_size=3),
    "bool[2]": st.lists(st.booleans(), min_size=2, max_size=2),
}
SHAPES = st.lists(st.sampled_from(sorted(VALUES)), max_size=6)
WRITTEN = SHAPES.flatmap(
    lambda names: st.tuples(st.just(names), st.tuples(*(VALUES[name] for name in names)))
)


def read(names, data: bytes):
    return Layout([abi.type_of(name) for name in names]).read(abi.words_of("0x" + data.hex()))


def ours(value):
    """A value as we spell it."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return tuple(map(ours, value)) if isinstance(value, list) else value


def theirs(name, value):
    """A value of ours as eth_abi takes it."""
    if isinstance(value, tuple):
        return [theirs(name.partition("[")[0], each) for each in value]
    if name in {"bytes", "string"} or name.startswith("bytes"):
        return bytes.fromhex(value[2:])
    return value


@given(WRITTEN)
def test_what_is_encoded_is_read_as_it_was(written):
    names, values = written
    wanted = [
        ours(value.encode() if name == "string" else value)
        for name, value in zip(names, values, strict=True)
    ]
    assert read(names, eth_abi.encode(names, values)) == wanted


@given(WRITTEN, st.data())
def test_whatever_is_read_was_written_in_the_one_way(written, data):
    names, values = written
    dirty = bytearray(eth_abi.encode(names, values))
    match data.draw(st.sampled_from(["change", "cut", "append", "swap"])):
        case "change" if dirty:
            place = data.draw(st.integers(0, len(dirty) - 1))
            dirty[place] ^= data.draw(st.integers(1, 255))
        case "cut":
            del dirty[data.draw(st.integers(0, len(dirty))) :]
        case "append":
            dirty += data.draw(st.binary(min_size=1, max_size=64))
        case "swap" if len(dirty) >= 64:
            dirty[:32], dirty[32:64] = dirty[32:64], dirty[:32]
    try:
        found = read(names, bytes(dirty))
    except Undecodable:
        return
    # "string" would refuse what is no UTF-8: it is bytes all the same.
    kinds = ["bytes" if name == "string" else name for name in names]
    again = [theirs(kind, value) for kind, value in zip(kinds, found, strict=True)]
    assert eth_abi.encode(kinds, again) == bytes(dirty)


@pytest.mark.parametrize(
    ("names", "words", "reason"),
    [
        (["uint8"], [256], "0x100 does not fit uint8"),
        (["address"], [1 << 160], "does not fit address"),
        (["bool"], [2], "0x2 does not fit bool"),
        (["bytes4"], [1], "0x1 does not fit bytes4"),
        (["int8"], [128], "0x80 does not fit int8"),
        (["uint256"], [], "0 words where at least 1 belong"),
        (["uint256"], [1, 2], "1 words too many"),
        (["uint256[]"], [64, 0], "uint256[]: an offset of 64, not 32"),
        (["uint256[]"], [32], "uint256[]: a length of None in 1 words"),
        (["uint256[]"], [32, 2**256 - 1], "a length of 1157920892"),
        (["uint256[]"], [32, 2, 1], "uint256[]: 2 items in 1 words"),
        (["uint8[]"], [32, 1, 256], "0x100 does not fit uint8[]"),
        (["bytes"], [32, 33, 1], "bytes: dirty or cut after 33 bytes"),
        (["bytes"], [32, 1, 1], "bytes: dirty or cut after 1 bytes"),
    ],
)
def test_what_nobody_writes_is_refused_with_a_reason(names, words, reason):
    with pytest.raises(Undecodable) as refusal:
        Layout([abi.type_of(name) for name in names]).read(words)
    assert reason in str(refusal.value)


def test_bytes_that_are_no_words_are_refused():
    with pytest.raises(Undecodable, match="33 bytes are no whole number of words"):
        abi.words_of("0x" + "00" * 33)


@pytest.mark.parametrize(
    "name",
    [
        "uint7",
        "uint264",
        "uint0",
        "uint",
        "bytes33",
        "address20",
        "tuple",
        "(uint256)",
        "uint8[][]",
        "string[]",
        "bytes[2]",
        "fixed128x18",
        "uint256[0]",
        "Uint8",
    ],
)
def test_types_that_are_not_read_here_are_named(name):
    with pytest.raises(UnknownType, match="is not read here"):
        abi.type_of(name)


def test_the_topic_is_the_hash_of_the_signature():
    # ERC-20's, which everybody knows.
    assert abi.topic_of("Transfer", ["address", "address", "uint256"]) == (
        "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    )
