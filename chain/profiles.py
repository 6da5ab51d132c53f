"""Which events of a contract are which of ours. Pure.

A profile is a JSON file beside the contract's ABI:

    {"family": "markets",
     "abi": "../contracts/artifacts/OddsMarket.json",
     "events": {"SharesBought": {"event": "FPMMBuy", "fields": {"trader": "buyer"}}, …},
     "ignored": ["Paused"],
     "first_seq": 1}

`family` says what the contract is to us: `markets`, if it is left out, or `vault`. `abi` is a path
from the profile's folder to an ABI, or to an artifact that has one as its "abi". Under `events`,
ours are named first. What is left out is called the same: `event` as ours, a field as ours in
camelCase (`marketId`). Events that are `ignored` are stored and mean nothing; any other that is not
listed goes to quarantine. `first_seq` null: the contract's `seq` has gaps of its own.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import itemgetter
from pathlib import Path
from typing import Any, get_args, get_type_hints

from chain import abi, events
from chain.abi import Layout, Type
from chain.events import EVENTS_OF, AnyEvent, Family

# What an ABI's type must be for a field of ours.
_FITTING = {
    "int": re.compile(r"uint[0-9]+"),
    "bool": re.compile(r"bool"),
    "address": re.compile(r"address"),
    "bytes32": re.compile(r"bytes32"),
    "ints": re.compile(r"uint[0-9]+\[[0-9]*\]"),
}


class BadProfile(ValueError):
    """A profile that cannot be used; says which, where and why."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the logs of one event look, and what becomes of their values."""

    name: str  # the contract's
    # None: ignored.
    kind: type[AnyEvent] | None
    # Beside the first, which says the event.
    topics: tuple[Type, ...]
    data: Layout
    # For each field of ours, where its value is among the topics' and then the data's.
    order: tuple[int, ...]
    # From those values, ours.
    pick: Callable[[Sequence[Any]], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Profile:
    """A contract as its logs and answers are read."""

    # Its events, by their first topic.
    shapes: Mapping[str, Shape]
    # The first event's `seq`; None: they are not counted without gaps over the whole contract, so
    # that a missing one doesn't show.
    first_seq: int | None
    # The entries of its ABI that are functions, and those that are errors.
    functions: Sequence[Mapping[str, Any]] = ()
    errors: Sequence[Mapping[str, Any]] = ()
    family: Family = Family.MARKETS


def load(path: Path) -> Profile:
    """Read a profile and the ABI that it names.

    Raises:
        BadProfile: a file is missing or is not JSON; an event or a field of ours has no
            counterpart, or one of another type.
    """
    written = _read(path)
    contract = _read(path.parent / str(written.get("abi", "")))
    entries = contract["abi"] if isinstance(contract, dict) else contract
    try:
        return compiled(written, entries)
    except BadProfile as exc:
        raise BadProfile(f"{path}: {exc}") from exc


def compiled(written: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Profile:
    """Return the profile of a file's content and the entries of an ABI.

    Raises:
        BadProfile: as `load`.
    """
    by_name = {entry["name"]: entry for entry in entries if entry.get("type") == "event"}
    shapes: dict[str, Shape] = {}
    family = _family(written)
    for kind in EVENTS_OF[family]:
        wanted = written.get("events", {}).get(kind.__name__)
        if wanted is None:
            raise BadProfile(f"{kind.__name__} is not among its events.")
        entry = by_name.get(name := wanted.get("event", kind.__name__))
        if entry is None:
            raise BadProfile(f"{kind.__name__}: the ABI has no event {name}.")
        _add(shapes, entry, kind, wanted.get("fields", {}))
    for name in written.get("ignored", ()):
        if name not in by_name:
            raise BadProfile(f"ignored: the ABI has no event {name}.")
        _add(shapes, by_name[name], None, {})
    first_seq = written.get("first_seq", 1)
    if first_seq is not None and type(first_seq) is not int:
        raise BadProfile(f"first_seq is {first_seq!r}: a whole number, or null.")
    return Profile(
        shapes=shapes,
        first_seq=first_seq,
        functions=[entry for entry in entries if entry.get("type") == "function"],
        errors=[entry for entry in entries if entry.get("type") == "error"],
        family=family,
    )


def _family(written: Mapping[str, Any]) -> Family:
    name = written.get("family", Family.MARKETS)
    if name not in list(Family):
        known = ", ".join(Family)
        raise BadProfile(f"family is {name!r}: one of {known}.")
    return Family(name)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise BadProfile(f"{path} cannot be read: {exc}.") from exc


def _add(
    shapes: dict[str, Shape],
    entry: Mapping[str, Any],
    kind: type[AnyEvent] | None,
    names: Mapping[str, str],
) -> None:
    name, inputs = entry["name"], entry["inputs"]
    if entry.get("anonymous"):
        raise BadProfile(f"{name} is anonymous: its logs do not say what they are.")
    try:
        indexed = tuple(_topic_type(each["type"]) for each in inputs if each["indexed"])
        data = tuple(abi.type_of(each["type"]) for each in inputs if not each["indexed"])
    except abi.UnknownType as exc:
        raise BadProfile(f"{name}: {exc}") from exc
    topic = abi.topic_of(name, [each["type"] for each in inputs])
    if topic in shapes:
        raise BadProfile(f"{name} is there twice.")
    order = _order(kind, inputs, names) if kind else ()
    shapes[topic] = Shape(
        name=name,
        kind=kind,
        topics=indexed,
        data=Layout(data),
        order=order,
        pick=itemgetter(*order) if order else tuple,
    )


def _topic_type(name: str) -> Type:
    """Return how an indexed value is read: what takes more than a word is there as its hash."""
    kind = abi.type_of(name)
    return abi.type_of("bytes32") if kind.is_array or kind.is_octets else kind


def _order(
    kind: type[AnyEvent], inputs: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> tuple[int, ...]:
    written = [each for each in inputs if each["indexed"]]
    written += [each for each in inputs if not each["indexed"]]
    places = {each["name"]: place for place, each in enumerate(written)}
    hints = get_type_hints(kind, include_extras=True)
    order = []
    for ours in (field.name for field in fields(kind)):
        theirs = names.get(ours, _camel_case(ours))
        if theirs not in places:
            raise BadProfile(f"{kind.__name__}.{ours}: the event has no {theirs}.")
        entry = written[place := places[theirs]]
        wanted = _wanted(hints[ours])
        by_hash = entry["indexed"] and entry["type"].endswith("]")
        if by_hash or not _FITTING[wanted].fullmatch(entry["type"]):
            raise BadProfile(f"{kind.__name__}.{ours}: {theirs} is {entry['type']}, not {wanted}.")
        order.append(place)
    return tuple(order)


def _wanted(hint: Any) -> str:
    if hint in {int, bool}:
        return str(hint.__name__)
    if hint == tuple[int, ...]:
        return "ints"
    assert hint in {events.Address, events.Hash}, hint
    return str(get_args(hint)[1])


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
