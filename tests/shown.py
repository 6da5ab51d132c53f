"""JSON as pages show it, held against the API's documents and against what a house answers.

A page may leave things out: `…` stands for members or elements that are not shown, and within a
string for the rest of it.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema

from kmarket.tests import conforming
from oddsfeed.tests import frames

ELLIPSIS = "…"


def values(text: str) -> list[Any]:
    """Return the JSON values that stand in a text, one after the other."""
    decoder, rest, found = json.JSONDecoder(), _with_ellipses_named(text).strip(), []
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].strip()
    return found


def printed(output: str) -> list[Any]:
    """Return what of an output is JSON: its lines, or all of it."""
    found = []
    for text in (*output.splitlines(), output):
        if text.lstrip()[:1] in {"{", "["}:
            try:
                found.append(json.loads(text))
            except ValueError:
                continue
    return found


def differences(shown: Any, real: Any, path: str = "$") -> Iterator[str]:
    """Yield where what is shown has another shape than what was answered; null fits everything."""
    if shown is None or real is None or ELLIPSIS in (shown, path):
        return
    if _kind(shown) != _kind(real):
        yield f"{path}: {_kind(shown)} is shown, {_kind(real)} was answered"
    elif isinstance(shown, dict):
        yield from (f"{path}.{name} is not answered" for name in sorted(_names(shown) - set(real)))
        if ELLIPSIS not in shown:
            yield from (f"{path}.{name} is not shown" for name in sorted(set(real) - set(shown)))
        for name in sorted(_names(shown) & set(real)):
            yield from differences(shown[name], real[name], f"{path}.{name}")
    elif isinstance(shown, list) and shown and real:
        yield from differences(shown[0], real[0], f"{path}[0]")


def faults(value: Any) -> list[str]:
    """Return why a value is no message and no answer that the API's documents know; best none."""
    if isinstance(value, list):
        # Socket.IO's form: the name, then what comes with it.
        name, body = value
        return _faults_of(body, _components("messages", name.replace(":", ".")))
    if "type" in value:
        # Of REST's updates and snapshots, too: they are the socket's.
        return min(
            _faults_of(value, _components("messages", str(value["type"]).replace(":", "."))),
            _faults_of(value, _components("schemas", "Snapshot")),
            key=len,
        )
    # Whatever has this shape: few things have another's names.
    candidates = [*_all(conforming.document().components), *_all(frames.document()["components"])]
    return min((_faults_of(value, each) for each in candidates), key=len)


def _faults_of(value: Any, schema: dict[str, Any]) -> list[str]:
    branches = schema.get("anyOf", [schema])
    whole = {name: each for name, each in schema.items() if name == "components"}
    found = []
    for branch in branches:
        validator = jsonschema.Draft202012Validator(whole | branch)
        told = list(_told(validator.iter_errors(value)))
        if not told:
            return []
        found.append(told)
    return min(found, key=len)


def _told(errors: Any) -> Iterator[str]:
    """Yield what is wrong, but for what is left out."""
    for error in errors:
        shown = error.instance
        if isinstance(shown, dict) and ELLIPSIS in shown:
            if error.validator == "required":
                continue
            extra = set(shown) - set(error.schema.get("properties", shown)) - {ELLIPSIS}
            if error.validator == "additionalProperties" and not extra:
                continue
        if ELLIPSIS in str(shown) and isinstance(shown, str):
            continue
        if error.context and any(not list(_told(group)) for group in _branches(error)):
            continue
        yield f"{error.json_path}: {error.message[:200]}"


def _branches(error: Any) -> list[list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for each in error.context:
        groups.setdefault(each.schema_path[0], []).append(each)
    return list(groups.values())


@cache
def _components(kind: str, name: str) -> dict[str, Any]:
    """The schema of a message of the sockets, or of what they consist of."""
    components = frames.document()["components"]
    found = components[kind].get(name, {"payload": {"not": {}, "title": name}})
    return {"components": components, **found.get("payload", found)}


def _all(components: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for schema in components["schemas"].values():
        if schema.get("properties"):
            yield {"components": components, **schema}


def _names(shown: dict[str, Any]) -> set[str]:
    return set(shown) - {ELLIPSIS}


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    return names.get(type(value), "a number")


def _with_ellipses_named(text: str) -> str:
    """Make members and elements of those ellipses that stand outside of strings."""
    out, inside, nesting = [], False, list[str]()
    for index, letter in enumerate(text):
        if letter == '"' and text[index - 1] != "\\":
            inside = not inside
        elif not inside and letter in "{[":
            nesting.append(letter)
        elif not inside and letter in "}]":
            nesting.pop()
        elif not inside and letter == ELLIPSIS:
            out.append(f'"{ELLIPSIS}": 0' if nesting[-1] == "{" else f'"{ELLIPSIS}"')
            continue
        out.append(letter)
    return "".join(out)
