"""A contract's functions by its ABI: calls encoded, answers and refusals decoded. Pure.

Reading logs is another matter (chain.abi): they come from anybody, this from whoever we asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

Entry = Mapping[str, Any]

SELECTOR_BYTES = 4
# What the language itself refuses with.
_OF_SOLIDITY: Sequence[Entry] = (
    {"name": "Error", "inputs": [{"name": "message", "type": "string"}]},
    {"name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
)


class Interface:
    """What may be asked of a contract. None of its functions is overloaded."""

    def __init__(self, abi: Sequence[Entry]) -> None:
        self._functions = {one["name"]: one for one in abi if one["type"] == "function"}
        self._selectors = {_selector(one): one for one in self._functions.values()}
        errors = [one for one in abi if one["type"] == "error"]
        self._errors = {_selector(one): one for one in (*_OF_SOLIDITY, *errors)}
        constructors = [one for one in abi if one["type"] == "constructor"]
        self._constructor: Entry = constructors[0] if constructors else {"inputs": []}

    def has(self, function: str) -> bool:
        """Tell whether there is such a function."""
        return function in self._functions

    def members(self, function: str) -> set[str]:
        """Return the names in the one struct that a function answers; none where it doesn't."""
        outputs = self._functions.get(function, {"outputs": []})["outputs"]
        if len(outputs) != 1:
            return set()
        return {each["name"] for each in outputs[0].get("components", [])}

    def deployment(self, bytecode: str, *args: Any) -> str:
        """Return the data of the transaction that deploys it."""
        return bytecode + encode(_types(self._constructor["inputs"]), args).hex()

    def call(self, function: str, *args: Any) -> str:
        """Return the data of a call. A struct is a tuple of its members."""
        entry = self._functions[function]
        return "0x" + (_selector(entry) + encode(_types(entry["inputs"]), args)).hex()

    def called(self, data: str) -> tuple[str, dict[str, Any]] | None:
        """Return the function that a call's data name, and its arguments; None: none of these."""
        return _named(self._selectors, data)

    def refusal(self, data: str) -> tuple[str, dict[str, Any]] | None:
        """Return the error that a contract refused with, and its values; None: none that it has."""
        return _named(self._errors, data)

    def answer(self, function: str, data: str) -> Any:
        """Return what a function returned: its value, or a tuple of several. A struct is a dict,
        bytes are 0x and hex digits.

        Raises:
            ValueError: these bytes are no answer of the function.
        """
        outputs = self._functions[function]["outputs"]
        try:
            values = decode(_types(outputs), bytes.fromhex(data.removeprefix("0x")))
        except (DecodingError, OverflowError, ValueError) as exc:
            raise ValueError(f"{function} is answered by {data[:80]!r}: {exc}") from exc
        plain = tuple(_plain(each, value) for each, value in zip(outputs, values, strict=True))
        return plain[0] if len(plain) == 1 else plain


def _selector(entry: Entry) -> bytes:
    return keccak(text=f"{entry['name']}({','.join(_types(entry['inputs']))})")[:SELECTOR_BYTES]


def _named(entries: Mapping[bytes, Entry], data: str) -> tuple[str, dict[str, Any]] | None:
    octets = bytes.fromhex(data[2:])
    entry = entries.get(octets[:SELECTOR_BYTES])
    if entry is None:
        return None
    inputs = entry["inputs"]
    try:
        values = decode(_types(inputs), octets[SELECTOR_BYTES:])
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return None
    named = zip(inputs, values, strict=True)
    return entry["name"], {each["name"]: _plain(each, value) for each, value in named}


def _types(entries: Sequence[Entry]) -> list[str]:
    return [
        f"({','.join(_types(entry['components']))}){entry['type'].removeprefix('tuple')}"
        if entry["type"].startswith("tuple")
        else entry["type"]
        for entry in entries
    ]


def _plain(entry: Entry, value: Any) -> Any:
    if entry["type"] == "tuple":
        members = zip(entry["components"], value, strict=True)
        return {each["name"]: _plain(each, one) for each, one in members}
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return list(value) if isinstance(value, tuple) else value
