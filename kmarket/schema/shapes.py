"""What JSON looks like, said once in type hints: mypy reads them, and so does the schema. Pure.

An answer is a `TypedDict`; a value with a meaning of its own is an `Annotated` type, whose metadata
are words (a description) and `Says` (keywords of JSON Schema). `schema_of` turns any of them into
JSON Schema 2020-12, as OpenAPI 3.1 and AsyncAPI 3 have it.
"""

import inspect
import types
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NotRequired,
    TypedDict,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from kmarket.fields import AMOUNT_DIGITS
from kmarket.ids import SAFE_MAX

Schema = dict[str, Any]

COMPONENTS = "#/components/schemas/"


class Components(dict[str, Schema]):
    """Schemas by their names, and the shapes that they are of."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: dict[str, Any] = {}


_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object"}


class Says(dict[str, Any]):
    """Keywords of JSON Schema; hashable, as a part of a type has to be."""

    __hash__ = object.__hash__  # type: ignore[assignment]


def eg(*values: Any) -> Says:
    """Show what a value may look like; the first of them stands in the examples of answers."""
    return Says(examples=list(values))


def one_of(values: Iterable[Any]) -> Says:
    """Name all the values that there are: of an enumeration, or any others."""
    return Says(enum=[value.value if isinstance(value, Enum) else value for value in values])


# --- Values that mean the same everywhere ----------------------------------------------------

Amount = Annotated[
    str,
    "In the token's smallest unit.",
    Says(pattern=rf"^(0|[1-9][0-9]{{0,{AMOUNT_DIGITS - 1}}})$"),
    eg("1000000000000000000"),
]
PositiveAmount = Annotated[Amount, Says(pattern=rf"^[1-9][0-9]{{0,{AMOUNT_DIGITS - 1}}}$")]
# What was gained, or lost.
SignedAmount = Annotated[Amount, Says(pattern=rf"^(0|-?[1-9][0-9]{{0,{AMOUNT_DIGITS - 1}}})$")]
Address = Annotated[
    str,
    "With its EIP-55 checksum.",
    Says(pattern="^0x[0-9a-fA-F]{40}$"),
    eg("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
]
# As a client may send it.
AnyAddress = Annotated[
    str,
    "In one case, or with its EIP-55 checksum.",
    Says(pattern="^0[xX][0-9a-fA-F]{40}$"),
    eg("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
]
Hash = Annotated[str, Says(pattern="^0x[0-9a-f]{64}$"), eg("0x" + "1f" * 32)]
AnyHash = Annotated[str, Says(pattern="^0x[0-9a-fA-F]{64}$"), eg("0x" + "1f" * 32)]
Id = Annotated[int, Says(minimum=1, maximum=SAFE_MAX, format="int64"), eg(1001)]
Ms = Annotated[
    int,
    "Milliseconds since 1970, UTC.",
    Says(minimum=0, maximum=SAFE_MAX, format="int64"),
    eg(1_730_908_800_000),
]
Count = Annotated[int, Says(minimum=0, format="int64"), eg(2)]
Block = Annotated[int, Says(minimum=0, format="int64"), eg(43_210_000)]
Seq = Annotated[Count, "The number of a market's change: 1, 2, 3 …, 0 before the first.", eg(12)]
Digest = Annotated[str, Says(pattern="^[0-9a-f]{64}$"), eg("9f86d081" * 8)]

Item = TypeVar("Item")


class Page(TypedDict, Generic[Item]):
    """One page of a list."""

    page: Annotated[int, Says(minimum=1), eg(1)]
    pageSize: Annotated[int, Says(minimum=1, maximum=100), eg(20)]
    total: Annotated[Count, "How many there are on all pages.", eg(1)]
    items: list[Item]


# --- From a hint to a schema -----------------------------------------------------------------


def schema_of(hint: Any, components: Components) -> Schema:
    """Return the JSON Schema of a hint; named shapes go into `components`, and are referred to.

    Raises:
        TypeError: the hint says nothing that JSON has, or another shape has its name.
    """
    origin = get_origin(hint)
    if is_typeddict(hint) or is_typeddict(origin):
        return {"$ref": COMPONENTS + _register(hint, components)}
    if origin in _BY_ORIGIN:
        return _BY_ORIGIN[origin](hint, components)
    if hint in _TYPES:
        return {"type": _TYPES[hint]}
    if hint is Any:
        return {}
    raise TypeError(f"{hint!r} says nothing that JSON has")


def name_of(hint: Any) -> str:
    """Return the name of a shape's component: Order of OrderAnswer, OrderPage of a page of them."""
    inner = "".join(name_of(arg) for arg in get_args(hint))
    own: str = (get_origin(hint) or hint).__name__
    return inner + own.removesuffix("Answer")


def example_of(schema: Schema, components: Mapping[str, Schema]) -> Any:
    """Return what this schema's own examples add up to."""
    for keyword, first in _SAYS_ITSELF.items():
        if keyword in schema:
            return first(schema[keyword])
    if "$ref" in schema:
        return example_of(components[schema["$ref"].removeprefix(COMPONENTS)], components)
    if members := schema.get("anyOf"):
        return example_of(members[0], components)
    return _example_by_type(schema, components)


def _example_by_type(schema: Schema, components: Mapping[str, Schema]) -> Any:
    kinds = schema.get("type", "null")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        members = schema.get("properties", {})
        return {name: example_of(member, components) for name, member in members.items()}
    if kind == "array":
        return [example_of(schema["items"], components)]
    return {"boolean": False, "null": None}.get(kind, f"no example of {kind}")


def _register(hint: Any, components: Components) -> str:
    name, origin = name_of(hint), get_origin(hint) or hint
    if components.shapes.setdefault(name, hint) != hint:
        raise TypeError(f"{hint} and {components.shapes[name]} are both called {name}")
    if name in components:
        return name
    # Before its members: one of them may be of the same shape.
    schema = components[name] = {"type": "object"}
    words = inspect.getdoc(origin)
    if words and words != inspect.getdoc(dict):
        schema["description"] = words
    filled = dict(zip(getattr(origin, "__parameters__", ()), get_args(hint), strict=True))
    members, required = {}, []
    for member, declared in get_type_hints(origin, include_extras=True).items():
        inner = declared
        if get_origin(declared) is NotRequired:
            (inner,) = get_args(declared)
        else:
            required.append(member)
        members[member] = schema_of(_filled(inner, filled), components)
    schema |= {"properties": members, "required": required}
    components[name] = schema
    return name


def _filled(hint: Any, by_variable: Mapping[Any, Any]) -> Any:
    """Return a hint with a generic shape's variables replaced."""
    if parameters := getattr(hint, "__parameters__", ()):
        return hint[tuple(by_variable[each] for each in parameters)]
    return by_variable.get(hint, hint) if isinstance(hint, TypeVar) else hint


def _annotated(hint: Any, components: Components) -> Schema:
    inner, *metadata = get_args(hint)
    schema = schema_of(inner, components)
    for said in metadata:
        schema |= {"description": said} if isinstance(said, str) else said
    if "null" in schema.get("type", []) and None not in schema.get("enum", [None]):
        schema["enum"] = [*schema["enum"], None]
    return schema


def _union(hint: Any, components: Components) -> Schema:
    """Return X | None as a type that may be null, and any other union as one of its members."""
    args = get_args(hint)
    members = [schema_of(arg, components) for arg in args if arg is not types.NoneType]
    if len(members) == len(args):
        return {"anyOf": members}
    if len(members) > 1 or "type" not in members[0]:
        return {"anyOf": [*members, {"type": "null"}]}
    schema = members[0]
    schema["type"] = [schema["type"], "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return schema


def _literal(hint: Any, components: Components) -> Schema:
    values = get_args(hint)
    return {"type": _TYPES[type(values[0])], "enum": list(values)}


def _list(hint: Any, components: Components) -> Schema:
    (each,) = get_args(hint)
    return {"type": "array", "items": schema_of(each, components)}


def _mapping(hint: Any, components: Components) -> Schema:
    _, each = get_args(hint)
    return {"type": "object", "additionalProperties": schema_of(each, components)}


_BY_ORIGIN: dict[Any, Callable[[Any, Components], Schema]] = {
    Annotated: _annotated,
    Union: _union,
    types.UnionType: _union,
    Literal: _literal,
    list: _list,
    dict: _mapping,
}
# Keywords that hold an example, and how to take it out.
_SAYS_ITSELF: dict[str, Callable[[Any], Any]] = {
    "examples": lambda examples: examples[0],
    "default": lambda default: default,
    "const": lambda const: const,
    "enum": lambda enum: enum[0],
}
