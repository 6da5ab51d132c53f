"""One node over real HTTP: every way to fail has a name, and none tells the key in the URL."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chain import errors, rpc
from chain.errors import (
    Away,
    BadAnswer,
    Behind,
    NodeError,
    RangeTooLarge,
    RateLimited,
    Refused,
    Reverted,
    TimedOut,
)
from chain.rpc import Node
from chain.tests import faults

KEY = "a-key-that-costs-money"


class Provider(ThreadingHTTPServer):
    """Answers each request with what `script` makes of it: (status, headers, body)."""

    daemon_threads = True

    def __init__(self):
        self.script = truth
        self.seen = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def node(self, **how) -> Node:
        return Node(f"http://user:word@127.0.0.1:{self.server_port}/v3/{KEY}", **how)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers["Authorization"], asked))
        status, headers, body = self.server.script(asked)
        self.send_response_only(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = "Content-Length" in headers

    def log_message(self, *args):
        pass


def reply(asked, **members):
    return {"jsonrpc": "2.0", "id": asked["id"], **members}


def truth(asked):
    """Answer with the method's name."""
    if isinstance(asked, list):
        return json_of([reply(each, result=each["method"]) for each in asked])
    return json_of(reply(asked, result=asked["method"]))


def json_of(answer, status=200, **headers):
    return status, headers, json.dumps(answer).encode()


def error(message, code=-32000):
    return lambda asked: json_of(reply(asked, error={"code": code, "message": message}))


def http(status, body=b"<html>busy</html>", **headers):
    return lambda asked: (status, {name.replace("_", "-"): v for name, v in headers.items()}, body)


@pytest.fixture
def provider():
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def failure(provider, script, method="eth_getLogs", **how) -> NodeError:
    provider.script = script
    with pytest.raises(NodeError) as refusal:
        provider.node(**how).call(method, [])
    return refusal.value


def test_a_call_is_asked_and_answered(provider):
    assert provider.node().call("eth_chainId", ["x", False]) == "eth_chainId"
    ((path, authorization, asked),) = provider.seen
    assert path == f"/v3/{KEY}"
    assert authorization.startswith("Basic ")
    assert asked == {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": ["x", False]}


def test_a_result_of_null_is_a_result(provider):
    provider.script = lambda asked: json_of(reply(asked, result=None, error=None))
    assert provider.node().call("eth_getBlockByNumber", []) is None


def test_a_compressed_answer_is_read(provider):
    def zipped(asked):
        status, _, body = truth(asked)
        body = gzip.compress(body)
        return status, {"Content-Encoding": "gzip", "Content-Length": str(len(body))}, body

    provider.script = zipped
    assert provider.node().call("eth_chainId", []) == "eth_chainId"


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (http(502), Away),
        (http(200), Away),
        (http(503, b""), Away),
        (http(301, b"", Location="http://127.0.0.1:1/"), Away),
        (http(200, b'{"jsonrpc": "2.0", "id": 1, "result": [{"addr'), Away),
        (http(200, b'{"jsonrpc": "2.0", "id": 1, "resu', Content_Length="1000"), Away),
        (http(200, b"[]"), BadAnswer),
        (http(200, b'{"id": 99, "result": []}'), BadAnswer),
        (http(200, b'{"id": null, "error": {"code": -32600, "message": "no"}}'), Refused),
        (http(400, b'{"id": 1, "error": "no"}'), Refused),
        (http(200, b'{"id": 1}'), Away),
        (http(413), RangeTooLarge),
        (http(504), TimedOut),
        (http(524), TimedOut),
        (http(429), RateLimited),
        (error("header not found"), Behind),
        (error("unknown block"), Behind),
        (error("finalized block not found", -39001), Behind),
        (error("block range extends beyond current head block"), Behind),
        (error("execution timeout"), TimedOut),
        (error("internal error"), Refused),
        (error("daily request count exceeded, request rate limited", -32005), RateLimited),
        (error("Your app has exceeded its compute units per second capacity", 429), RateLimited),
        (error("50/second request limit reached", -32007), RateLimited),
    ],
)
def test_every_way_to_fail_has_a_name(provider, script, kind):
    exc = failure(provider, script)
    assert type(exc) is kind
    assert str(provider.server_port) in str(exc)
    assert KEY not in str(exc)


@pytest.mark.parametrize(
    ("told", "data"),
    [
        ({"code": 3, "message": "execution reverted", "data": "0xABcd"}, "0xabcd"),
        # The contract's own words, which sound like a node's.
        ({"code": 3, "message": "execution reverted: deadline, rate limit", "data": "0x"}, "0x"),
        ({"code": -32000, "message": "execution reverted: header not found"}, ""),
        ({"code": -32015, "message": "VM execution error.", "data": "Reverted 0x12"}, "0x12"),
        ({"code": -32603, "message": "reverted", "data": {"data": {"data": "0x12"}}}, "0x12"),
        ({"code": 3, "message": "", "data": "0x1"}, ""),
        ({"code": 3, "message": "", "data": 7}, ""),
    ],
)
@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_a_contract_s_refusal_is_told_with_its_data(provider, method, told, data):
    exc = failure(provider, lambda asked: json_of(reply(asked, error=told)), method)
    assert (type(exc), exc.code, exc.data) == (Reverted, told["code"], data)


def test_of_other_calls_nobody_refuses_but_the_node(provider):
    assert type(failure(provider, error("execution reverted", 3))) is Refused


@pytest.mark.parametrize("words", faults.TOO_LARGE.values(), ids=faults.TOO_LARGE)
def test_every_wording_of_a_range_too_large_is_understood(provider, words):
    exc = failure(provider, error(words.message, words.code))
    assert isinstance(exc, RangeTooLarge | TimedOut)
    # Of any other question it cannot be said: a provider's limits are meant then.
    assert not isinstance(failure(provider, error(words.message), "eth_chainId"), RangeTooLarge)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "0.5"}, 0.5),
        ({"Retry_After": "soon"}, None),
        (
            {
                "Date": "Sat, 21 Nov 2026 10:00:00 GMT",
                "Retry_After": "Sat, 21 Nov 2026 10:01:30 GMT",
            },
            90.0,
        ),
    ],
)
def test_a_429_says_for_how_long_to_wait(provider, headers, seconds):
    exc = failure(provider, http(429, **headers))
    assert isinstance(exc, RateLimited)
    assert exc.retry_after == seconds


def test_who_does_not_listen_or_does_not_answer_is_named(provider):
    node = provider.node(timeout=0.05)
    hold = threading.Event()
    provider.script = lambda asked: (hold.wait(60), truth(asked))[1]
    with pytest.raises(TimedOut):
        node.call("eth_chainId", [])
    hold.set()
    with pytest.raises(Away):
        Node("http://127.0.0.1:1/" + KEY).call("eth_chainId", [])


def test_an_answer_that_drips_is_not_waited_for(provider, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(rpc.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(rpc, "READ_BYTES", 8)
    assert "did not end in 5 s" in str(failure(provider, truth, timeout=5))


def test_an_answer_beyond_all_bounds_is_not_read_to_its_end(provider, monkeypatch):
    monkeypatch.setattr(rpc, "ANSWER_BYTES_MAX", 30)
    assert isinstance(failure(provider, truth), RangeTooLarge)


def test_a_node_that_repeats_its_url_does_not_give_the_key_away(provider):
    exc = failure(provider, error(f"no such path /v3/{KEY} for user:word"))
    assert KEY not in str(exc)
    assert "user:word" not in str(exc)
    assert exc.words == "no such path /… for …"


def test_after_a_failure_the_next_answer_is_the_next_question_s(provider):
    node = provider.node()
    provider.script = http(200, b'{"id": 1, "result": 1}', Content_Length="60")
    with pytest.raises(Away):
        node.call("eth_getLogs", [])
    provider.script = truth
    assert node.call("eth_chainId", []) == "eth_chainId"


# --- Batches -------------------------------------------------------------------------------------

CALLS = [("eth_chainId", []), ("eth_getLogs", [{}]), ("eth_blockNumber", [])]
NAMES = [method for method, _ in CALLS]


def test_a_batch_is_one_request_and_its_answers_may_come_in_any_order(provider):
    provider.script = lambda asked: json_of([reply(e, result=e["method"]) for e in reversed(asked)])
    assert provider.node().batch(CALLS) == NAMES
    assert len(provider.seen) == 1


def test_in_a_batch_each_call_fails_for_itself(provider):
    def script(asked):
        first, second, _ = asked
        return json_of(
            [
                reply(first, result=1),
                reply(second, error={"code": -32000, "message": "unknown block"}),
                {"jsonrpc": "2.0", "id": 12345, "result": 3},
            ]
        )

    provider.script = script
    first, second, third = provider.node().batch(CALLS)
    assert (first, type(second), type(third)) == (1, Behind, BadAnswer)
    with pytest.raises(Behind):
        provider.node().ask(CALLS)


@pytest.mark.parametrize("most", [1, 2])
def test_a_node_that_takes_no_batch_or_a_smaller_one_is_asked_as_it_likes(provider, most):
    def script(asked):
        if isinstance(asked, list) and len(asked) > most:
            return json_of({"id": None, "error": {"code": 31, "message": "batch too large"}}, 500)
        return truth(asked)

    provider.script = script
    node = provider.node()
    assert node.batch(CALLS) == NAMES
    before = len(provider.seen)
    # It remembers.
    assert node.batch(CALLS) == NAMES
    assert len(provider.seen) - before == (3 if most == 1 else 3 - 1)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (http(429, b'{"error": {"code": 429, "message": "slow down"}}'), RateLimited),
        (http(502), Away),
        (http(200, b"[]"), BadAnswer),
        (http(200, b'"no"'), Away),
    ],
)
def test_what_is_wrong_with_the_whole_batch_is_raised(provider, script, kind):
    provider.script = script
    with pytest.raises(NodeError) as refusal:
        provider.node().batch(CALLS)
    assert type(refusal.value) is kind


def test_a_failure_without_batches_is_raised_or_stands_in_its_place(provider):
    provider.script = error("unknown block")
    (answer,) = provider.node().batch(CALLS[:1])
    assert isinstance(answer, errors.Behind)
    provider.script = http(502)
    with pytest.raises(Away):
        provider.node().batch(CALLS[:1])
