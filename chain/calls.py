"""A contract's functions by its ABI: calls encoded, answers decoded. Pure.

Reading logs is another matter (chain.abi): they come from anybody, this from whoever we asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

Entry = Mapping[str, Any]


class Interface:
    """What may be asked of a contract. None of its functions is overloaded."""

    def __init__(self, abi: Sequence[Entry]) -> None:
        self._functions = {one["name"]: one for one in abi if one["type"] == "function"}
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
        types = _types(entry["inputs"])
        selector = keccak(text=f"{function}({','.join(types)})")[:4]
        return "0x" + (selector + encode(types, args)).hex()

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
