"""Holds what the sockets of tests hear against docs/asyncapi.json, in whatever test they are."""

import json
from functools import cache

import jsonschema_rs
from django.conf import settings


class NotAsDocumented(AssertionError):
    """A message that docs/asyncapi.json doesn't know."""


def heard(message):
    """Check what came at /ws/odds, and return it; with `batch` it may be several."""
    for each in message if isinstance(message, list) else [message]:
        check(each.get("type"), each, channel="odds")
    return message


def emitted(name, body):
    """Check an event of Socket.IO."""
    check(name, body, channel="socketio")
    if name not in {"price:update", "price:batch_update"} and body.get("type") != name:
        raise NotAsDocumented(f"{name}: its type is {body.get('type')}")


def check(name, body, *, channel):
    """Raise NotAsDocumented unless that channel has this message, and it looks like that."""
    key = str(name).replace(":", ".")
    if key not in document()["channels"][channel]["messages"]:
        raise NotAsDocumented(f"{channel} has no message {name}: {body}")
    try:
        validator(key).validate(body)
    except jsonschema_rs.ValidationError as exc:
        raise NotAsDocumented(f"{name} {json.dumps(body)[:600]}: {exc}") from None


@cache
def document():
    """The document, strictly: messages have no member that it doesn't name."""
    path = settings.BASE_DIR / "docs/asyncapi.json"
    read = json.loads(path.read_text(encoding="utf-8"))
    for schema in read["components"]["schemas"].values():
        schema.setdefault("additionalProperties", False)
    return read


@cache
def validator(key):
    components = document()["components"]
    payload = components["messages"][key]["payload"]
    return jsonschema_rs.Draft202012Validator({"components": components, **payload})
