"""The sockets' document: what the code says, and what the protocol takes."""

import json

import pytest
from django.conf import settings

from kmarket.management.commands.openapi import written
from oddsfeed import asyncapi, protocol, sio_protocol
from oddsfeed.tests import frames
from oddsfeed.tests.frames import NotAsDocumented


def test_the_document_is_what_the_code_says():
    checked_in = (settings.BASE_DIR / "docs/asyncapi.json").read_text(encoding="utf-8")
    assert checked_in == written(asyncapi.build()) + "\n", "run: make schema"


def test_every_message_has_an_example_of_its_shape():
    document = frames.document()
    messages = document["components"]["messages"]
    for channel, said in document["channels"].items():
        for key in said["messages"]:
            (example,) = messages[key]["examples"]
            frames.check(messages[key]["name"], example["payload"], channel=channel)


def test_what_clients_say_is_what_the_protocols_take():
    assert set(asyncapi.FROM_WS) == set(protocol._PARSERS)
    assert set(asyncapi.FROM_SIO) == set(sio_protocol._READERS)
    messages = frames.document()["components"]["messages"]
    for name in asyncapi.FROM_WS:
        (example,) = messages[name]["examples"]
        protocol.parse(json.dumps(example["payload"]))
    for name in asyncapi.FROM_SIO:
        (example,) = messages[name.replace(":", ".")]["examples"]
        sio_protocol.request(name, [example["payload"]])


def test_every_close_is_told():
    assert set(asyncapi._CLOSES) == set(protocol.Close)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "news"},
        {"type": "pong", "ts": None, "extra": 1},
        {"type": "heartbeat", "ts": 1.5, "status": "ok", "marks": {}},
        {"type": "price:update"},
    ],
)
def test_another_message_is_noticed(message):
    with pytest.raises(NotAsDocumented):
        frames.heard(message)
