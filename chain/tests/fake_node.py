"""A JSON-RPC node that does as it is told, over real HTTP.

    with FakeNode(chain) as node:
        node.behind = 3                                     # its head lags
        node.fault("eth_getLogs", faults.too_many_requests, times=2)
        with node.holding("eth_getLogs") as hold: …         # it answers when the block ends

Several nodes may serve one chain, or each a chain of its own. A fault decides what one call is
answered; chain/tests/faults.py has them by name. Everything else is answered truly.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chain.tests.fake_chain import Block, FakeChain
from chain.tests.fake_contract import CONTRACT

SECONDS_MAX = 60
ANY = "*"
BATCH_TOO_LARGE = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch too large"}}'


# --- What a call is answered ---------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    value: Any


@dataclass(frozen=True)
class Error:
    """An error of JSON-RPC, with the HTTP status that some providers give it."""

    code: int
    message: str
    data: Any = None
    status: int = 200


@dataclass(frozen=True)
class Http:
    """Anything that a proxy in front of the node may say instead."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    # Less is sent than was announced, and the connection is closed.
    is_cut: bool = False


@dataclass(frozen=True)
class Bytes:
    """Whatever it is, HTTP or not; the connection is closed after it."""

    said: bytes


@dataclass(frozen=True)
class Silence:
    """No answer, until the client gives up or the node is closed."""


@dataclass(frozen=True)
class HangUp:
    """The connection is closed instead of an answer."""


Reply = Result | Error | Http | Bytes | Silence | HangUp


@dataclass(frozen=True)
class Call:
    node: "FakeNode"
    method: str
    params: list[Any]
    id: Any

    def truth(self) -> Result | Error:
        """What the node would answer without the fault."""
        return self.node.answer(self.method, self.params)


Fault = Callable[[Call], Reply]


@dataclass
class Rule:
    """Which calls a fault is for."""

    method: str
    fault: Fault
    skip: int
    times: int | None
    when: Callable[[Call], bool]
    hits: int = 0

    def takes(self, call: Call) -> bool:
        """Return whether the fault answers this call; the call is counted."""
        if self.method not in {ANY, call.method} or not self.when(call):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True


class Hold:
    """A fault that keeps a call waiting. `reached` is set when one waits."""

    def __init__(self, *, is_answered_before: bool) -> None:
        self.reached = threading.Event()
        self._released = threading.Event()
        self._is_answered_before = is_answered_before

    def __call__(self, call: Call) -> Reply:
        before = call.truth()
        self.reached.set()
        assert self._released.wait(SECONDS_MAX), "nobody let it go on"
        return before if self._is_answered_before else call.truth()

    def wait(self) -> None:
        assert self.reached.wait(SECONDS_MAX), "no such call was made"

    def release(self) -> None:
        self._released.set()


# --- The node ------------------------------------------------------------------------------------


class FakeNode:
    """One endpoint. What it says of its head and of finality can be set at any time."""

    def __init__(self, chain: FakeChain, *, finality: int = 10) -> None:
        self.chain = chain
        self.chain_id = chain.chain_id
        # How far its head lags, or where it stays.
        self.behind = 0
        self.head_at: int | None = None
        # So many blocks below the head are not final; or where finality stays; or no such tag.
        self.finality = finality
        self.finalized_at: int | None = None
        self.has_finalized = True
        # The code that stands at the contract's address.
        self.code = "0x6001"
        # Larger batches are refused as a whole; of others, the last answer may come first.
        self.batch_max: int | None = None
        self.is_batch_reversed = False
        self.calls: list[tuple[str, list[Any]]] = []
        # Methods that it knows besides: method → what it answers to the parameters.
        self.methods: dict[str, Callable[..., Any]] = {}
        self._rules: list[Rule] = []
        self._holds: list[Hold] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._server: _Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> "FakeNode":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; after `stop`, on the same port as before."""
        self._closed.clear()
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections, and end those that there are."""
        self._closed.set()
        for hold in self._holds:
            hold.release()
        if self._server is not None:
            self._server.shutdown()
            self._server.end_connections()
            self._server.server_close()
            self._server = None

    # --- Cues --------------------------------------------------------------------------------

    def fault(
        self,
        method: str,
        fault: Fault,
        *,
        skip: int = 0,
        times: int | None = None,
        when: Callable[[Call], bool] = lambda _: True,
    ) -> Rule:
        """Have calls of a method (ANY: of each) answered by a fault, all or so many of them."""
        rule = Rule(method, fault, skip, times, when)
        with self._lock:
            self._rules.append(rule)
        return rule

    def heal(self, *rules: Rule) -> None:
        """Take these faults away, or all of them."""
        with self._lock:
            self._rules = [rule for rule in self._rules if rules and rule not in rules]

    @contextmanager
    def faulty(self, method: str, fault: Fault, **which: Any) -> Iterator[Rule]:
        """Have the fault during the block."""
        rule = self.fault(method, fault, **which)
        try:
            yield rule
        finally:
            self.heal(rule)

    @contextmanager
    def holding(
        self, method: str, *, is_answered_before: bool = False, **which: Any
    ) -> Iterator[Hold]:
        """Keep the next such call waiting until the block ends or the hold is released.

        It is answered with what is true then, or was when it came (`is_answered_before`).
        """
        hold = Hold(is_answered_before=is_answered_before)
        self._holds.append(hold)
        try:
            with self.faulty(method, hold, **{"times": 1} | which):
                yield hold
        finally:
            hold.release()

    def count(self, method: str) -> int:
        """Return how often a method was called."""
        return sum(1 for called, _ in self.calls if called == method)

    # --- True answers ------------------------------------------------------------------------

    @property
    def head(self) -> Block:
        """The last block that it knows."""
        number = self.chain.head.number - self.behind
        if self.head_at is not None:
            number = min(number, self.head_at)
        return self.chain.canonical[max(0, number)]

    def answer(self, method: str, params: list[Any]) -> Result | Error:
        """Answer truly, for as far as this node knows the chain."""
        with self.chain.lock:
            if method in self.methods:
                found = self.methods[method](*params)
            elif method in KNOWN:
                found = KNOWN[method](self, *params)
            else:
                return Error(-32601, f"the method {method} does not exist/is not available")
            return found if isinstance(found, Error) else Result(found)

    def reply(self, request: dict[str, Any]) -> Reply:
        """Answer one call, with the first fault that wants it."""
        call = Call(self, request["method"], request.get("params", []), request.get("id"))
        with self._lock:
            self.calls.append((call.method, call.params))
            rule = next((rule for rule in self._rules if rule.takes(call)), None)
        return rule.fault(call) if rule else call.truth()

    def wait_until_closed(self) -> None:
        self._closed.wait(SECONDS_MAX)

    def _id(self) -> str:
        return hex(self.chain_id)

    def _network(self) -> str:
        return str(self.chain_id)

    def _syncing(self) -> bool:
        return False

    def _head_number(self) -> str:
        return hex(self.head.number)

    def _code(self, address: str, at: Any = "latest") -> str | Error:
        block = self._block(at)
        if isinstance(block, Error):
            return block
        there = block is not None and block.number > 0 and address.lower() == CONTRACT
        return self.code if there else "0x"

    def _block_by_number(self, at: str, _is_full: bool = False) -> dict[str, Any] | Error | None:
        block = self._block(at)
        return block.header() if isinstance(block, Block) else block

    def _block_by_hash(self, hash_: str, _is_full: bool = False) -> dict[str, Any] | None:
        block = self.chain.by_hash.get(hash_)
        # Orphans are known for a while; what is above its head is not.
        return block.header() if block and block.number <= self.head.number else None

    def _receipt(self, hash_: str) -> dict[str, Any] | None:
        for block in self.chain.canonical[: self.head.number + 1]:
            for index, (tx, _) in enumerate(block.txs):
                if tx.hash == hash_:
                    logs = [log for log in block.logs() if log["transactionHash"] == hash_]
                    return {
                        "transactionHash": hash_,
                        "transactionIndex": hex(index),
                        "blockHash": block.hash,
                        "blockNumber": hex(block.number),
                        "status": hex(bool(logs)),
                        "logs": logs,
                    }
        return None

    def _logs(self, wanted: dict[str, Any]) -> list[dict[str, Any]] | Error:
        if "blockHash" in wanted:
            block = self.chain.by_hash.get(wanted["blockHash"])
            if block is None or block.number > self.head.number:
                return Error(-32000, "unknown block")
            blocks = [block]
        else:
            first = self._block(wanted.get("fromBlock", "latest"), is_range=True)
            last = self._block(wanted.get("toBlock", "latest"), is_range=True)
            if isinstance(first, Error) or isinstance(last, Error):
                return first if isinstance(first, Error) else last
            # Past its head a node has nothing, and says so without an error.
            blocks = self.chain.canonical[first : min(last, self.head.number) + 1]
        return [log for block in blocks for log in block.logs() if _matches(log, wanted)]

    def _block(self, at: str, *, is_range: bool = False) -> Any:
        """Return the block of a number or tag, None if it isn't known; for a range, its number."""
        if at.startswith("0x"):
            number = int(at, 16)
        elif at in {"finalized", "safe"}:
            if not self.has_finalized:
                return Error(-32602, f"invalid argument 0: hex string without 0x prefix: {at}")
            number = max(0, self.head.number - self.finality)
            if self.finalized_at is not None:
                number = self.finalized_at
        else:
            number = {"latest": self.head.number, "pending": self.head.number, "earliest": 0}[at]
        if is_range:
            return number
        return self.chain.canonical[number] if number <= self.head.number else None


KNOWN: dict[str, Callable[..., Any]] = {
    "eth_blockNumber": FakeNode._head_number,
    "eth_chainId": FakeNode._id,
    "eth_getBlockByHash": FakeNode._block_by_hash,
    "eth_getBlockByNumber": FakeNode._block_by_number,
    "eth_getCode": FakeNode._code,
    "eth_getLogs": FakeNode._logs,
    "eth_getTransactionReceipt": FakeNode._receipt,
    "eth_syncing": FakeNode._syncing,
    "net_version": FakeNode._network,
}


def _matches(log: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Return whether a log is what eth_getLogs was asked for."""
    addresses = wanted.get("address")
    if isinstance(addresses, str):
        addresses = [addresses]
    if addresses and log["address"] not in {address.lower() for address in addresses}:
        return False
    topics = wanted.get("topics") or []
    if len(topics) > len(log["topics"]):
        return False
    return all(
        want is None or has in ([want] if isinstance(want, str) else want)
        for want, has in zip(topics, log["topics"], strict=False)
    )


# --- HTTP ----------------------------------------------------------------------------------------


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], node: FakeNode) -> None:
        self.node = node
        self.connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def end_connections(self) -> None:
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients go away in the middle of an answer, that is what they are for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        requests, node = request if isinstance(request, list) else [request], self.server.node
        most = len(requests) if node.batch_max is None else node.batch_max
        if isinstance(request, list) and len(requests) > most:
            self._send(Http(200, BATCH_TOO_LARGE, {"Content-Type": "application/json"}))
            return
        answers, status = [], 200
        for each in requests:
            match node.reply(each):
                case Result(value):
                    answers.append({"jsonrpc": "2.0", "id": each.get("id"), "result": value})
                case Error() as error:
                    said = {"code": error.code, "message": error.message}
                    if error.data is not None:
                        said["data"] = error.data
                    answers.append({"jsonrpc": "2.0", "id": each.get("id"), "error": said})
                    status = error.status
                case other:
                    self._instead(other)
                    return
        if node.is_batch_reversed:
            answers.reverse()
        body = json.dumps(answers if isinstance(request, list) else answers[0]).encode()
        self._send(Http(status, body, {"Content-Type": "application/json"}))

    def _instead(self, reply: Http | Bytes | Silence | HangUp) -> None:
        if isinstance(reply, Http):
            self._send(reply)
            return
        if isinstance(reply, Silence):
            self.server.node.wait_until_closed()
        if isinstance(reply, Bytes):
            self.wfile.write(reply.said)
        self.close_connection = True

    def _send(self, reply: Http) -> None:
        announced = len(reply.body) * 2 if reply.is_cut else len(reply.body)
        headers = {"Content-Length": str(announced), **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} ?", *(f"{key}: {headers[key]}" for key in headers)]
        # In one piece: the head and the body by themselves would wait for each other's receipt.
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + reply.body)
        self.close_connection = reply.is_cut

    def log_message(self, *_: object) -> None:
        """Keep the tests' output to the tests."""
