"""A server's side of one connection, for the tests of outboxes."""

import asyncio
import json

from oddsfeed import protocol, wires

MARKET = 1001


class Transport:
    aborted = False

    def abort(self):
        self.aborted = True


class Peer:
    """A server's side of one connection. It waits as uvicorn does while that is full."""

    def __init__(self):
        self.taken = []
        self.closed = None
        self.transport = Transport()
        self.gone = False
        self._room = asyncio.Event()
        self._room.set()

    def fill(self):
        self._room.clear()

    def drain(self):
        self._room.set()

    async def send(self, message):
        await self._room.wait()
        if self.gone:
            raise OSError("the client is gone")
        if message["type"] == "websocket.close":
            self.closed = message["code"], message["reason"]
        else:
            self.taken.append(message["text"])

    def read(self):
        """Return what came, as JSON."""
        return [json.loads(text) for text in self.taken]


class Ends:
    """Counts how often a client ended."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1


def frame(seq, market=MARKET):
    return protocol.update(
        {"type": "odds_update", "marketId": market, "payload": {}, "seq": seq, "ts": 0}
    )


def give(client, *seqs, market=MARKET):
    for seq in seqs:
        text = frame(seq, market)
        client.odds(market, seq, text, wires.framed(text))


def seqs(messages):
    """Return (from, to) of each update; both the same for a single one."""
    return [(message.get("from_seq", message["seq"]), message["seq"]) for message in messages]
