"""What goes wrong between a node and us, by name. Each is a fault for FakeNode.fault."""

from collections.abc import Callable
from typing import Any

from chain.tests.fake_contract import STRANGER
from chain.tests.fake_node import Bytes, Call, Error, Fault, HangUp, Http, Reply, Result, Silence

HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
JSON = {"Content-Type": "application/json"}

# How providers say that a range is too large or an answer too long, by who says so: the code and
# the words of each. `{first}`, `{last}` and `{middle}` are of the range that was asked for.
TOO_LARGE: dict[str, Error] = {
    "alchemy: size": Error(
        -32602,
        "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range"
        " and no limit on the response size, or you can request any block range with a cap of 10K"
        " logs in the response. Based on your parameters and the response size limit, this block"
        " range should work: [{first:#x}, {middle:#x}]",
    ),
    "alchemy: free": Error(
        -32600,
        "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range."
        " Based on your parameters, this block range should work: [{first:#x}, {middle:#x}]."
        " Upgrade to PAYG for expanded block range.",
        status=400,
    ),
    "alchemy: slow": Error(
        -32000,
        "Query timeout exceeded. Consider reducing your block range. Based on your parameters and"
        " the response size limit, this block range should work: [{first:#x}, {middle:#x}]",
        status=400,
    ),
    "ankr": Error(-32600, "block range is too wide"),
    "ankr: distance": Error(-32000, "maximum [from, to] blocks distance: 3"),
    "arbitrum": Error(-32000, "logs matched by query exceeds limit of 10000"),
    "aurora": Error(-32000, "You can make eth_getLogs requests with up to a 2000 block range"),
    "avalanche": Error(
        -32000, "requested too many blocks from {first} to {last}, maximum is set to 2048"
    ),
    "base": Error(-32614, "block range too large", status=413),
    "blast": Error(-32000, "eth_getLogs is limited to a 3,000 range"),
    "blast: paid": Error(
        -32602, "block range 500 exceeds the range allowed for your plan (500 > 3)"
    ),
    "blockpi": Error(
        -32602, "eth_getLogs is limited to 1024 block range. Check the parameter requirements."
    ),
    "bsc": Error(-32005, "limit exceeded"),
    "chainstack": Error(
        -32602, "Block range limit exceeded. See more details in the documentation"
    ),
    "cloudflare": Error(-32047, "Max range: 800"),
    "coinbase": Error(-32602, "please limit the query to at most 1,000 blocks"),
    "drpc": Error(35, "ranges over 10000 blocks are not supported on freetier", status=400),
    "erigon": Error(-32000, "query returned more than 10000 results"),
    "geth: slow": Error(-32002, "request timed out"),
    "geth: size": Error(-32003, "response too large"),
    "harmony": Error(-32000, "query must be smaller than size 1024"),
    "hyperliquid": Error(-32602, "query exceeds max block range 1000"),
    "infura": Error(
        -32005,
        "query returned more than 10000 results. Try with this block range"
        " [{first:#x}, {middle:#x}].",
        {"from": "0x1", "to": "0x2", "limit": 10000},
    ),
    "infura: slow": Error(-32005, "query timeout exceeded"),
    "llamarpc": Error(
        -32602, "query exceeds max results 20000, retry with the range {first}-{middle}"
    ),
    "merkle": Error(-32602, "eth_getLogs range is too large, max is 10k blocks"),
    "moonriver": Error(-32603, "block range is too wide (maximum 1024)"),
    "nodereal": Error(-32005, "exceed maximum block range: 50000"),
    "1rpc": Error(-32602, "eth_getLogs is limited to a 10,000 blocks range"),
    "1rpc: size": Error(-32602, "response size should not greater than 10000000 bytes"),
    "optimism": Error(-32020, "backend response too large"),
    "optimism: range": Error(-32000, "Block range is too large"),
    "publicnode": Error(-32701, "exceed maximum block range: 50000"),
    "quicknode": Error(-32614, "eth_getLogs is limited to a 10,000 range", status=413),
    "somnia": Error(-32000, "block range exceeds 1000"),
    "swell": Error(-32000, "block range greater than 20000 max"),
    "thirdweb": Error(
        -32602, "Maximum allowed number of requested blocks is 1000", {"requested": 5000}
    ),
    "zksync": Error(
        -32602,
        "Query returned more than 10000 results. Try with this block range"
        " [{first:#x}, {middle:#x}].",
    ),
}


# --- Refusals and accidents ----------------------------------------------------------------------


def silence(_: Call) -> Reply:
    """The client runs into its time-out."""
    return Silence()


def hang_up(_: Call) -> Reply:
    return HangUp()


def too_large(_: Call) -> Reply:
    """HTTP's own words for a range that is too large."""
    return Http(413, b"Request Entity Too Large", {"Content-Type": "text/plain"})


def bad_gateway(_: Call) -> Reply:
    return Http(502, HTML, {"Content-Type": "text/html"})


def unavailable(_: Call) -> Reply:
    return Http(503, b"", {})


def html(_: Call) -> Reply:
    """A page where JSON was expected, and all is said to be well."""
    return Http(200, HTML, {"Content-Type": "text/html"})


def answered(body: bytes) -> Fault:
    """Answer this as JSON, and HTTP is content."""
    return lambda _: Http(200, body, JSON)


def cut_off(_: Call) -> Reply:
    """The connection ends in the middle of the body."""
    return Http(200, b'{"jsonrpc": "2.0", "id": 1, "result": []}', JSON, is_cut=True)


# JSON that ends in its middle, with its length rightly announced.
truncated = answered(b'{"jsonrpc": "2.0", "id": 1, "result": [{"addr')
empty = answered(b"")
# Somebody else's answer.
wrong_id = answered(b'{"jsonrpc": "2.0", "id": 987654321, "result": []}')
# Neither a result nor an error.
no_result = answered(b'{"jsonrpc": "2.0", "id": 1}')


def said(text: bytes) -> Fault:
    """Send these bytes, HTTP or not, and close the connection."""
    return lambda _: Bytes(text)


def too_many_requests(_: Call) -> Reply:
    return Http(429, b"Too Many Requests", {"Content-Type": "text/plain"})


def too_many_requests_for(seconds: float | str) -> Fault:
    """Return a 429 with Retry-After."""
    return lambda _: Http(429, b"Too Many Requests", {"Retry-After": str(seconds)})


def too_many_in_json(_: Call) -> Reply:
    """A rate limit said in JSON-RPC, as some do, with HTTP's 200."""
    return Error(-32005, "daily request count exceeded, request rate limited")


def range_too_large(error: Error, *, blocks: int = 1) -> Fault:
    """Refuse eth_getLogs for more than so many blocks, in these words."""

    def fault(call: Call) -> Reply:
        wanted = call.params[0]
        if "blockHash" in wanted:
            return call.truth()
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if last - first < blocks:
            return call.truth()
        message = error.message.format(first=first, last=last, middle=(first + last) // 2)
        return Error(error.code, message, error.data, error.status)

    return fault


# --- Untrue answers ------------------------------------------------------------------------------


def result(value: Any) -> Fault:
    """Answer this, whatever is asked."""
    return lambda _: Result(value)


def changed(change: Callable[[Any], Any]) -> Fault:
    """Answer the truth, changed."""

    def fault(call: Call) -> Reply:
        truth = call.truth()
        return Result(change(truth.value)) if isinstance(truth, Result) else truth

    return fault


def doing(action: Callable[[], object], *, is_after: bool = False) -> Fault:
    """Do something when the call comes, before its answer is made or after."""

    def fault(call: Call) -> Reply:
        before = call.truth()
        action()
        return before if is_after else call.truth()

    return fault


def each_log(**changes: Any) -> Fault:
    """Answer the true logs with these members changed."""
    return changed(lambda logs: [log | changes for log in logs])


def first_block(**changes: Any) -> Fault:
    """Answer the true logs with these members of all of the first block's changed."""

    def change(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        number = logs[0]["blockNumber"] if logs else None
        return [log | changes if log["blockNumber"] == number else log for log in logs]

    return changed(change)


def last_log(**changes: Any) -> Fault:
    """Answer the true logs with these members of the last one changed."""
    return changed(lambda logs: [*logs[:-1], logs[-1] | changes] if logs else logs)


nothing = changed(lambda logs: [])
without_the_last = changed(lambda logs: logs[:-1])
without_the_first = changed(lambda logs: logs[1:])
without_any_block_s_first = changed(
    lambda logs: [each for each in logs if each["logIndex"] != "0x0"]
)
twice = changed(lambda logs: [log for log in logs for _ in range(2)])
all_again = changed(lambda logs: logs + logs)
out_of_order = changed(lambda logs: logs[::-1])
removed = last_log(removed=True)
foreign = last_log(address=STRANGER)
other_hash = last_log(blockHash="0x" + "dd" * 32)
past_the_range = last_log(blockNumber="0xffffff")
