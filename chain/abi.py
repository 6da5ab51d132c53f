"""The ABI of Ethereum's contracts, read strictly. Pure.

Solidity has one way to write a value. What is written in another is refused, although lenient
decoders read it: dirty padding, an offset that points elsewhere, bytes that nobody asked for.
Elementary types, arrays of them, `bytes` and `string` are known; tuples and arrays of arrays are
not.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

WORD_BYTES = 32
WORD_BITS = 256
UNLIMITED = 1 << WORD_BITS
_TYPE = re.compile(
    r"(?P<kind>uint|int|address|bool|bytes|string)(?P<size>[1-9][0-9]{0,2})?"
    r"(?P<array>\[(?P<count>[1-9][0-9]{0,3})?\])?"
)

# Turns a word into a value.
Reader = Callable[[int], Any]


class Undecodable(ValueError):
    """Bytes that the ABI does not write for these types."""


class UnknownType(ValueError):
    """A type that this module does not read."""


@dataclass(frozen=True, slots=True)
class Type:
    """How a value lies in the data: one word, `count` words, or an offset to what is elsewhere."""

    name: str
    # A word is below this.
    limit: int
    # None: a word is its value.
    read: Reader | None = None
    is_array: bool = False
    # Of a fixed array; None: the length is written before the items.
    count: int | None = None
    # `bytes` and `string`: a length in bytes, and words that hold so many.
    is_octets: bool = False

    @property
    def is_dynamic(self) -> bool:
        """Whether the head holds an offset."""
        return self.is_octets or (self.is_array and self.count is None)

    @property
    def head_words(self) -> int:
        """How many words it takes where the values lie in their order."""
        return 1 if self.count is None else self.count

    def value(self, word: int) -> Any:
        """Return what a word holds.

        Raises:
            Undecodable: nobody writes it so.
        """
        if word >= self.limit:
            raise Undecodable(f"{word:#x} does not fit {self.name}")
        return word if self.read is None else self.read(word)

    def values(self, words: Sequence[int]) -> tuple[Any, ...]:
        """Return what the words of an array hold.

        Raises:
            Undecodable: nobody writes one of them so.
        """
        if self.read is None and self.limit == UNLIMITED:
            return tuple(words)
        return tuple(map(self.value, words))


class Layout:
    """How values lie one after the other, worked out once."""

    def __init__(self, types: Sequence[Type]) -> None:
        self.head_words = sum(kind.head_words for kind in types)
        # What is one word and nothing else is by far the most; it is not asked what it is.
        self._parts = [
            (kind, kind.limit, kind.read, not kind.is_dynamic and not kind.is_array)
            for kind in types
        ]

    def read(self, words: Sequence[int]) -> list[Any]:
        """Return the values that the words hold: `int`, `bool`, `str` for addresses and bytes in
        hex, tuples of them for arrays.

        Raises:
            Undecodable: too short, too long, or written as nobody writes it.
        """
        tail = self.head_words
        if len(words) < tail:
            raise Undecodable(f"{len(words)} words where at least {tail} belong")
        values: list[Any] = []
        head = 0
        for kind, limit, read, is_word in self._parts:
            word = words[head]
            if is_word:
                if word >= limit:
                    raise Undecodable(f"{word:#x} does not fit {kind.name}")
                value = word if read is None else read(word)
            elif kind.is_dynamic:
                if word != tail * WORD_BYTES:
                    raise Undecodable(f"{kind.name}: an offset of {word}, not {tail * WORD_BYTES}")
                value, tail = _elsewhere(words, kind, tail)
            else:
                value = kind.values(words[head : head + kind.head_words])
            values.append(value)
            head += kind.head_words if kind.is_array else 1
        if tail != len(words):
            raise Undecodable(f"{len(words) - tail} words too many")
        return values


def type_of(name: str) -> Type:
    """Return the type of a name such as `uint256` or `address[]`.

    Raises:
        UnknownType: a tuple, an array of arrays, or no type at all.
    """
    match = _TYPE.fullmatch(name)
    if match is None:
        raise UnknownType(f"The type {name!r} is not read here.")
    kind, size = match["kind"], int(match["size"] or 0)
    is_array = match["array"] is not None
    if kind == "string" or (kind == "bytes" and not size):
        if is_array or size:
            raise UnknownType(f"The type {name!r} is not read here.")
        return Type(name, UNLIMITED, is_octets=True)
    count = int(match["count"]) if match["count"] else None
    limit, read = _word(name, kind, size)
    return Type(name, limit, read, is_array=is_array, count=count)


def topic_of(name: str, types: Sequence[str]) -> str:
    """Return the first topic of an event's logs: the hash of its signature."""
    return "0x" + keccak(f"{name}({','.join(types)})".encode()).hex()


def words_of(data: str) -> list[int]:
    """Return the 32-byte words of 0x and lower-case hex.

    Raises:
        Undecodable: no whole number of words.
    """
    octets = bytes.fromhex(data[2:])
    if len(octets) % WORD_BYTES:
        raise Undecodable(f"{len(octets)} bytes are no whole number of words")
    read = int.from_bytes
    return [read(octets[at : at + WORD_BYTES]) for at in range(0, len(octets), WORD_BYTES)]


def _elsewhere(words: Sequence[int], kind: Type, at: int) -> tuple[Any, int]:
    """Return a dynamic value that begins at word `at`, and where the next one begins."""
    length = words[at] if at < len(words) else None
    # Compared before anything is made of it: 2^256 - 1 is a length that somebody may write.
    if length is None or length > (len(words) - at) * WORD_BYTES:
        raise Undecodable(f"{kind.name}: a length of {length} in {len(words)} words")
    begin = at + 1
    if kind.is_octets:
        end = begin + -(-length // WORD_BYTES)
        octets = b"".join(word.to_bytes(WORD_BYTES) for word in words[begin:end])
        if end > len(words) or any(octets[length:]):
            raise Undecodable(f"{kind.name}: dirty or cut after {length} bytes")
        return "0x" + octets[:length].hex(), end
    end = begin + length
    if end > len(words):
        raise Undecodable(f"{kind.name}: {length} items in {len(words) - begin} words")
    return kind.values(words[begin:end]), end


def _word(name: str, kind: str, size: int) -> tuple[int, Reader | None]:
    """Return the limit of a type's words, and what turns one into a value."""
    if kind == "address" and not size:
        return 1 << 160, "0x%040x".__mod__
    if kind == "bool" and not size:
        return 2, bool
    if kind == "bytes" and size <= WORD_BYTES:
        return UNLIMITED, _bytes(size)
    if kind in {"uint", "int"} and size % 8 == 0 and 0 < size <= WORD_BITS:
        return (1 << size, None) if kind == "uint" else (UNLIMITED, _int(size))
    raise UnknownType(f"The type {name!r} is not read here.")


def _int(bits: int) -> Reader:
    half = 1 << (bits - 1)

    def read(word: int) -> int:
        value = word - UNLIMITED if word >> (WORD_BITS - 1) else word
        if not -half <= value < half:
            raise Undecodable(f"{word:#x} does not fit int{bits}")
        return value

    return read


def _bytes(size: int) -> Reader:
    unused = 8 * (WORD_BYTES - size)

    def read(word: int) -> str:
        value = word >> unused
        if value << unused != word:
            raise Undecodable(f"{word:#x} does not fit bytes{size}")
        return f"0x{value:0{2 * size}x}"

    return read
