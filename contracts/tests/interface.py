"""An ABI put to use: calls encoded, answers, refusals and events decoded, by eth_abi alone."""

from typing import Any

from eth_abi import decode, encode
from eth_utils import keccak


class Interface:
    """What one contract understands and says. No name is overloaded in ours."""

    def __init__(self, abi: list[dict[str, Any]]) -> None:
        self.by_name = {one["name"]: one for one in abi if "name" in one}
        (self.constructor,) = [one for one in abi if one["type"] == "constructor"] or [
            {"inputs": []}
        ]
        self.events = {keccak(text=signature(one)): one for one in abi if one["type"] == "event"}
        self.errors = {
            keccak(text=signature(one))[:4]: one for one in abi if one["type"] == "error"
        }

    def deployment(self, args: list[Any]) -> bytes:
        return encode(types(self.constructor["inputs"]), args)

    def call(self, function: str, args: list[Any]) -> bytes:
        abi = self.by_name[function]
        return keccak(text=signature(abi))[:4] + encode(types(abi["inputs"]), args)

    def answer(self, function: str, data: bytes) -> Any:
        """What a function returned. A struct is a dict."""
        outputs = self.by_name[function]["outputs"]
        values = named(outputs, decode(types(outputs), data))
        return values[0] if len(values) == 1 else values

    def event(self, log: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """A log's name and fields, in the order of the ABI."""
        abi = self.events[bytes.fromhex(log["topics"][0][2:])]
        indexed = iter(log["topics"][1:])
        plain = [field for field in abi["inputs"] if not field["indexed"]]
        data = iter(named(plain, decode(types(plain), bytes.fromhex(log["data"][2:]))))
        fields = {
            field["name"]: decode([field["type"]], bytes.fromhex(next(indexed)[2:]))[0]
            if field["indexed"]
            else next(data)
            for field in abi["inputs"]
        }
        return abi["name"], fields


def signature(abi: dict[str, Any]) -> str:
    return f"{abi['name']}({','.join(types(abi['inputs']))})"


def types(fields: list[dict[str, Any]]) -> list[str]:
    return [
        f"({','.join(types(field['components']))}){field['type'][5:]}"
        if field["type"].startswith("tuple")
        else field["type"]
        for field in fields
    ]


def named(fields: list[dict[str, Any]], values: Any) -> list[Any]:
    """Structs as dicts, arrays as lists."""
    return [
        dict(
            zip(
                (inner["name"] for inner in field["components"]),
                named(field["components"], value),
                strict=True,
            )
        )
        if field["type"] == "tuple"
        else list(value)
        if isinstance(value, tuple)
        else value
        for field, value in zip(fields, values, strict=True)
    ]
