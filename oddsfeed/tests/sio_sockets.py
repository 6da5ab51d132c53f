"""Clients of Socket.IO in this process, which speak it by hand: packets in, packets out."""

import json
from itertools import count

import pytest
from channels.testing import WebsocketCommunicator

from kmarket.asgi import application
from oddsfeed import asyncapi
from oddsfeed.tests import frames
from oddsfeed.tests.conftest import PATIENCE

PATH = "/socket.io/?EIO=4&transport=websocket"
ANSWERS = {f"{name}:answer" for name in asyncapi.ANSWERS}
# What every websocket says of itself, and Engine.IO wants to see.
UPGRADE = [(b"connection", b"Upgrade"), (b"upgrade", b"websocket")]


class SioSocket(WebsocketCommunicator):
    """A client over a websocket. Answers pings; keeps events that come before an answer."""

    def __init__(self):
        super().__init__(application, PATH, headers=UPGRADE)
        self._numbers = count(1)
        self._events = []

    async def open(self) -> dict:
        """Shake hands; return what the server says of the session."""
        assert await self.connect(PATIENCE) == (True, None)
        packet = await self.packet()
        assert packet[0] == "0"
        return json.loads(packet[1:])

    async def sign_in(self, token) -> tuple[str, dict]:
        """Say the token; return "40" and who we are, or "44" and why not."""
        await self.say("40" + json.dumps({"token": token}))
        packet = await self.packet()
        return packet[:2], json.loads(packet[2:])

    async def say(self, packet: str) -> None:
        await self.send_to(text_data=packet)

    async def packet(self) -> str:
        """Return the next packet that isn't a ping."""
        while (packet := await self.receive_from(PATIENCE)) == "2":
            await self.say("3")
        return packet

    async def ask(self, name, *args):
        """Emit an event; return what its acknowledgement says."""
        number = next(self._numbers)
        await self.say(f"42{number}{json.dumps([name, *args])}")
        start = f"43{number}["
        while not (packet := await self.packet()).startswith(start):
            self._keep(packet)
        (answer,) = json.loads(packet[len(start) - 1 :])
        if f"{name}:answer" in ANSWERS:
            frames.check(f"{name}:answer", answer, channel="socketio")
        return answer

    async def event(self) -> tuple[str, dict]:
        """Return the next event: its name and what comes with it."""
        if not self._events:
            self._keep(await self.packet())
        return self._events.pop(0)

    async def is_quiet(self) -> bool:
        """Tell whether nothing came, by asking for one thing that must be answered."""
        await self.ask("unsubscribe:market", 1)
        return not self._events

    async def closed(self) -> tuple[int, list[str]]:
        """Return the code with which the server closed, and the packets before it."""
        packets = []
        while (output := await self.receive_output(PATIENCE))["type"] != "websocket.close":
            packets.append(output["text"])
        return output["code"], packets

    def _keep(self, packet):
        assert packet.startswith("42["), packet
        name, body = json.loads(packet[2:])
        frames.emitted(name, body)
        self._events.append((name, body))


@pytest.fixture
async def knock(the_hub):
    """A builder of clients that have a session of Engine.IO, and have not said who they are."""
    sockets = []

    async def build() -> SioSocket:
        sockets.append(SioSocket())
        await sockets[-1].open()
        return sockets[-1]

    yield build
    for socket in sockets:
        if not socket.future.done():
            await socket.disconnect(timeout=PATIENCE)


@pytest.fixture
async def enter(knock, session):
    """A builder of clients that are in: as a guest, or with a token."""

    async def build(token="") -> SioSocket:
        socket = await knock()
        kind, _ = await socket.sign_in(token or session.token)
        assert kind == "40"
        return socket

    return build
