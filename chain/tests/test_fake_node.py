"""The fake node is what the other tests stand on: it tells the truth unless it is told not to."""

import json
import threading
import urllib.error
import urllib.request

import pytest

from chain.tests import faults
from chain.tests.fake_chain import FakeChain
from chain.tests.fake_contract import ALICE, CONTRACT, add, buy, claim, create, finalize, sell
from chain.tests.fake_node import FakeNode


def ask(node, method, *params):
    said = post(node, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    return said["result"] if "result" in said else said["error"]


def post(node, body):
    request = urllib.request.Request(node.url, json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        if refusal.headers["Content-Type"] != "application/json":
            raise
        return json.loads(refusal.read())


@pytest.fixture
def chain():
    return FakeChain()


@pytest.fixture
def node(chain):
    with FakeNode(chain) as node:
        yield node


def logs(node, first, last):
    return ask(node, "eth_getLogs", {"fromBlock": hex(first), "toBlock": hex(last)})


def test_blocks_are_chained_and_logs_are_numbered_in_them(chain, node):
    chain.mine(create(), add())
    chain.mine(buy(outcome=1), buy(outcome=0))
    blocks = [ask(node, "eth_getBlockByNumber", hex(number), False) for number in range(3)]
    assert [block["parentHash"] for block in blocks[1:]] == [block["hash"] for block in blocks[:2]]
    assert ask(node, "eth_getBlockByHash", blocks[2]["hash"], False) == blocks[2]
    assert ask(node, "eth_blockNumber") == "0x2"
    places = [(log["blockNumber"], log["logIndex"]) for log in logs(node, 0, 9)]
    assert places == [("0x1", "0x0"), ("0x1", "0x1"), ("0x2", "0x0"), ("0x2", "0x1")]
    by_hash = ask(node, "eth_getLogs", {"blockHash": blocks[2]["hash"], "address": CONTRACT})
    assert by_hash == logs(node, 2, 2)
    assert ask(node, "eth_getLogs", {"blockHash": "0x" + "9" * 64})["message"] == "unknown block"


def test_a_reorg_replaces_blocks_and_what_the_contract_knows(chain, node):
    chain.mine(create(), add())
    bought = chain.transaction(buy(amount=1000))
    (orphan,) = [chain.mine(bought)]
    assert chain.reorg(1, [buy(amount=500), bought], []) == [orphan]
    assert chain.head.number == 3
    after = logs(node, 2, 3)
    assert [log["logIndex"] for log in after] == ["0x0", "0x1"]
    assert after[1]["transactionHash"] == bought.hash
    assert after[1]["data"] != orphan.logs()[0]["data"]
    assert ask(node, "eth_getBlockByHash", orphan.hash, False)["number"] == "0x2"
    chain.switch_to(orphan)
    assert logs(node, 2, 3) == orphan.logs()


def test_what_the_contract_refuses_emits_nothing(chain):
    chain.mine(create(), add(), buy(amount=100_000), sell(amount=10**9), claim())
    assert [len(emitted) for _, emitted in chain.head.txs] == [1, 1, 1, 0, 0]
    chain.mine(finalize(outcome=0), claim(claimant=ALICE), buy())
    assert [len(emitted) for _, emitted in chain.head.txs] == [1, 1, 0]
    assert chain.head.world.seq == 5


def test_the_same_history_has_the_same_hashes():
    def history():
        chain = FakeChain(salt="a")
        chain.mine(create(), add())
        chain.reorg(1, [create()], [buy()])
        return [block.hash for block in chain.canonical]

    assert history() == history()


def test_a_node_that_lags_is_silent_about_what_it_has_not_seen(chain, node):
    chain.mine(create(), add())
    chain.mine(buy())
    node.behind = 1
    assert ask(node, "eth_blockNumber") == "0x1"
    assert len(logs(node, 0, 2)) == 2
    assert logs(node, 2, 2) == []
    assert ask(node, "eth_getBlockByNumber", "0x2", False) is None
    assert ask(node, "eth_getBlockByHash", chain.head.hash, False) is None


def test_finality_is_behind_missing_or_where_it_is_put(chain, node):
    chain.mine_empty(12)
    assert ask(node, "eth_getBlockByNumber", "finalized", False)["number"] == "0x2"
    node.finalized_at = 1
    assert ask(node, "eth_getBlockByNumber", "finalized", False)["number"] == "0x1"
    node.has_finalized = False
    assert ask(node, "eth_getBlockByNumber", "finalized", False)["code"] == -32602


def test_a_fault_answers_the_calls_that_it_is_for(chain, node):
    node.fault("eth_blockNumber", faults.result("0x63"), skip=1, times=1)
    assert [ask(node, "eth_blockNumber") for _ in range(3)] == ["0x0", "0x63", "0x0"]
    rule = node.fault("eth_chainId", faults.bad_gateway)
    with pytest.raises(urllib.error.HTTPError, match="502"):
        ask(node, "eth_chainId")
    node.heal(rule)
    assert ask(node, "eth_chainId") == hex(31337)
    assert node.count("eth_chainId") == 2


def test_a_batch_is_answered_call_by_call(chain, node):
    batch = [{"jsonrpc": "2.0", "id": i, "method": "eth_chainId"} for i in range(3)]
    node.fault("eth_chainId", faults.result("0x1"), skip=1, times=1)
    assert [each["result"] for each in post(node, batch)] == ["0x7a69", "0x1", "0x7a69"]


def test_a_held_call_waits_until_it_is_let_go(chain, node):
    heard = []
    with node.holding("eth_blockNumber") as hold:
        thread = threading.Thread(target=lambda: heard.append(ask(node, "eth_blockNumber")))
        thread.start()
        hold.wait()
        chain.mine()
        assert heard == []
    thread.join(20)
    assert heard == ["0x1"]


def test_a_range_that_is_too_large_is_refused_in_each_provider_s_words(chain, node):
    chain.mine_empty(3)
    for error in faults.TOO_LARGE.values():
        with node.faulty("eth_getLogs", faults.range_too_large(error)):
            assert logs(node, 2, 2) == []
            refusal = logs(node, 1, 3)
        assert refusal["code"] == error.code
        assert "{" not in refusal["message"]
