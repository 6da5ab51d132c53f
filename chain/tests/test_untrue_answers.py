"""Answers that are not true: none is believed, and what is stored in the end is the truth."""

import pytest
from django.core.management import CommandError

from chain.models import RawLog
from chain.tests import faults, recorder, rescan
from chain.tests.fake_chain import FakeChain
from chain.tests.fake_contract import BOB, STRANGER, add, buy, create, sell
from chain.tests.fake_node import ANY, Call, Reply
from chain.tests.rig import COMMITS, LANES, Rig, canonical_logs
from kmarket.tests.crowd import all_at_once

pytestmark = COMMITS

UNTRUE = {
    "each log twice": faults.twice,
    "all logs again": faults.all_again,
    "the newest first": faults.out_of_order,
    "a log that was removed": faults.removed,
    "somebody else's log": faults.foreign,
    "the hash of another block": faults.other_hash,
    "the hash of another block, for all logs of one": faults.first_block(
        blockHash="0x" + "dd" * 32
    ),
    "the time of another block": faults.first_block(blockTimestamp="0x1"),
    "a block past the range": faults.past_the_range,
    "a block before the range": faults.last_log(blockNumber="0x0"),
    "no list": faults.result(None),
    "words": faults.result("logs"),
    "a list of nothing": faults.result([None]),
    "a log without members": faults.result([{}]),
    "data that is no hex": faults.last_log(data="0xzz"),
    "data of half a byte": faults.last_log(data="0x123"),
    "no data": faults.last_log(data=None),
    "a topic that is too short": faults.last_log(topics=["0x12"]),
    "no topics": faults.last_log(topics=None),
    "a log index that is no number": faults.last_log(logIndex=None),
    "a log index below zero": faults.last_log(logIndex="-0x1"),
    "no transaction": faults.last_log(transactionHash=None),
    "a pending log": faults.last_log(blockHash=None, blockNumber=None, logIndex=None),
}


def tell(rig: Rig) -> None:
    rig.chain.mine(create(1), create(2), add(1), add(2))
    for number in range(4):
        rig.chain.mine(buy(1, amount=1000 + number), buy(2, trader=BOB, outcome=1))
        rig.chain.mine()
    rig.chain.mine(sell(1, amount=200))


@pytest.mark.parametrize("lie", UNTRUE.values(), ids=UNTRUE)
def test_an_untrue_list_of_logs_is_not_believed(make_rig, lie):
    """Neither about what is read by ranges nor about what is read block by block."""
    rig = make_rig(blocks_to_finality=0)
    for _ in range(2):
        before = rig.chain.head
        tell(rig)
        with rig.nodes[0].faulty("eth_getLogs", lie) as rule:
            rig.try_for(seconds=100)
        assert rule.hits
        assert canonical_logs() == rescan.raw_logs(before)
        rig.poll()
        rig.verdict()
        # From here on nothing is final.
        rig.nodes[0].finalized_at = rig.chain.head.number


HEADERS = {
    "nothing": faults.result(None),
    "words": faults.result("block"),
    "no hash": faults.changed(lambda block: block and block | {"hash": None}),
    "another number": faults.changed(lambda block: block and block | {"number": "0x1234"}),
    "no parent": faults.changed(lambda block: block and block | {"parentHash": None}),
    "a time that is no number": faults.changed(lambda block: block and block | {"timestamp": "?"}),
}


@pytest.mark.parametrize("lie", HEADERS.values(), ids=HEADERS)
def test_an_untrue_header_is_not_believed(make_rig, lie):
    rig = make_rig(blocks_to_finality=0)
    node = rig.nodes[0]
    for _ in range(2):
        tell(rig)
        with node.faulty("eth_getBlockByNumber", lie), node.faulty("eth_getBlockByHash", lie):
            rig.try_for(seconds=100)
            rig.verdict_so_far()
        rig.poll()
        rig.verdict()
        node.finalized_at = rig.chain.head.number


def test_a_header_whose_parent_nobody_knows_is_waited_out(rig):
    """A node that mixes two branches for a moment."""
    tell(rig)
    rig.poll()
    rig.chain.mine(buy(1, amount=5))
    rig.chain.mine(buy(1, amount=6))
    alien = faults.changed(lambda block: block and block | {"parentHash": "0x" + "ee" * 32})
    last = {"when": lambda call: call.params[0] in {"latest", hex(rig.chain.head.number)}}
    with rig.nodes[0].faulty("eth_getBlockByNumber", alien, **last):
        rig.try_for(seconds=300)
        rig.verdict_so_far()
    rig.poll()
    rig.verdict()


# --- Logs that are missing ------------------------------------------------------------------------


@LANES
@pytest.mark.parametrize(
    "cut", [faults.without_the_last, faults.without_the_first, faults.nothing], ids=str
)
def test_logs_that_one_answer_left_out_are_found_by_the_count_of_events(
    make_rig, cut, blocks_to_finality
):
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    rig.chain.mine(create(1), add(1))
    rig.poll()
    tell(rig)
    has_logs = {"when": lambda call: bool(call.truth().value)}
    rig.nodes[0].fault("eth_getLogs", cut, times=1, **has_logs)
    rig.poll()
    # Of the last logs of all nothing tells that they are missing, until another follows them.
    rig.chain.mine(buy(1, amount=31))
    rig.poll()
    rig.verdict()


@LANES
def test_the_last_logs_of_all_that_were_left_out_are_found_by_a_rescan(
    make_rig, blocks_to_finality
):
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    tell(rig)
    has_logs = {"when": lambda call: bool(call.truth().value)}
    rig.nodes[0].fault("eth_getLogs", faults.without_the_last, skip=6, times=1, **has_logs)
    rig.nodes[0].fault("eth_getLogs", faults.nothing, times=1, **has_logs)
    rig.poll()
    rig.rescan(1, rig.chain.head.number)
    rig.verdict()
    assert rig.quarantined() == []


@LANES
def test_logs_that_all_nodes_leave_out_are_told_and_found_by_a_rescan(make_rig, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    rig.chain.mine(create(1), add(1))
    rig.poll()
    with rig.nodes[0].faulty("eth_getLogs", faults.without_any_block_s_first):
        tell(rig)
        rig.poll()
    assert {reason for *_, reason in rig.quarantined()} >= {"seq_gap"}
    assert recorder.paused()
    rig.rescan(1, rig.chain.head.number)
    rig.verdict()
    assert rig.quarantined() == []
    assert recorder.paused() == set()


@LANES
def test_logs_that_one_node_leaves_out_are_had_from_another(make_rig, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality, nodes=2)
    rig.chain.mine(create(1), add(1))
    rig.poll()
    many = {"when": lambda call: len(call.truth().value) > 1}
    rig.nodes[0].fault("eth_getLogs", faults.without_the_first, **many)
    tell(rig)
    rig.poll()
    rig.chain.mine(buy(1, amount=31))
    rig.poll()
    rig.verdict()


@LANES
@pytest.mark.parametrize("behind", [1, 3, 30])
def test_a_node_that_lags_is_waited_for(make_rig, behind, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    tell(rig)
    rig.nodes[0].behind = behind
    rig.try_for(seconds=30)
    rig.verdict_so_far()
    assert rig.last_block() <= max(0, rig.chain.head.number - behind)
    rig.nodes[0].behind = 0
    rig.poll()
    rig.verdict()


@LANES
def test_a_node_may_fall_back_behind_what_it_had_told(make_rig, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    tell(rig)
    rig.poll()
    before = rig.chain.head
    rig.nodes[0].behind = 4
    rig.try_for(seconds=30)
    rig.verdict(at=before)
    rig.chain.mine(buy(1))
    rig.chain.mine(buy(1))
    rig.nodes[0].behind = 1
    rig.try_for(seconds=30)
    rig.verdict(at=rig.chain.canonical[-2])
    rig.nodes[0].behind = 0
    rig.poll()
    rig.verdict()


@LANES
@pytest.mark.parametrize("behind", [1, 4])
@pytest.mark.parametrize("phase", [0, 1])
def test_the_head_may_jump_between_the_nodes_behind_one_address(
    make_rig, behind, phase, blocks_to_finality
):
    """A balancer asks one of two: the other lags, and has no logs of what it hasn't seen."""
    rig = make_rig(blocks_to_finality=blocks_to_finality, nodes=2)
    laggard = rig.nodes.pop()
    laggard.behind = behind
    rig.restart()
    calls = iter(range(10**6))

    def balanced(call: Call) -> Reply:
        is_behind = next(calls) % 2 == phase
        return laggard.answer(call.method, call.params) if is_behind else call.truth()

    with rig.nodes[0].faulty(ANY, balanced):
        for number in range(6):
            tell(rig) if number == 0 else rig.chain.mine(buy(1), buy(2))
            rig.try_for(seconds=20)
            rig.never_ahead()
    rig.chain.mine(buy(1, amount=31))
    rig.poll()
    rig.verdict()


# --- The same twice -------------------------------------------------------------------------------


def test_the_same_range_twice_is_once(rig):
    tell(rig)
    rig.poll()
    rig.rescan(1, rig.chain.head.number)
    rig.verdict()


def test_another_payload_under_the_same_key_stops_a_rescan(rig):
    tell(rig)
    rig.poll()
    lie = faults.last_log(data="0x" + "00" * 160)
    with (
        rig.nodes[0].faulty("eth_getLogs", lie),
        pytest.raises(CommandError, match="stored as another"),
    ):
        rig.rescan(1, rig.chain.head.number)
    rig.verdict()


def test_another_payload_of_a_log_that_did_not_count_stops_a_rescan(make_rig):
    rig = make_rig(blocks_to_finality=10_000)
    tell(rig)
    rig.poll()
    newest = RawLog.objects.order_by("block_number", "log_index").last()
    RawLog.objects.filter(pk=newest.pk).update(is_canonical=False)
    lie = faults.last_log(data="0x" + "00" * 160)
    with (
        rig.nodes[0].faulty("eth_getLogs", lie),
        pytest.raises(CommandError, match="stored as another"),
    ):
        rig.rescan(1, rig.chain.head.number)
    assert [reason for *_, reason in rig.quarantined()] == ["conflict"]
    rig.rescan(1, rig.chain.head.number)
    rig.verdict()


def test_another_payload_under_the_same_key_is_an_incident(rig):
    """A branch comes back, and a node tells its logs otherwise than before."""
    tell(rig)
    rig.poll()
    first = rig.chain.head
    rig.chain.reorg(1, [buy(1, amount=5)], [])
    rig.poll()
    second = rig.chain.head
    rig.chain.switch_to(first)
    with rig.nodes[0].faulty("eth_getLogs", faults.last_log(data="0x" + "00" * 160)):
        rig.try_for(seconds=100)
        # Nothing of that was taken.
        rig.verdict(at=second)
    assert [reason for *_, reason in rig.quarantined()] == ["conflict"]
    rig.poll()
    rig.verdict()


@LANES
def test_two_workers_do_the_work_of_one(make_rig, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    tell(rig)
    other = rig.another_listener()
    for number in range(5):
        all_at_once(rig.poll, lambda: rig.poll(other))
        rig.verdict()
        rig.chain.reorg(1, [buy(1, amount=7 + number)], [buy(1)]) if blocks_to_finality else None
        rig.chain.mine(buy(1, amount=70 + number), sell(1, amount=3))
    all_at_once(rig.poll, lambda: rig.poll(other))
    rig.verdict()


# --- The wrong chain ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["id", "genesis"])
def test_the_wrong_chain_is_not_listened_to(make_rig, kind):
    rig = make_rig()
    tell(rig)
    rig.chain.mine_empty(12)
    rig.poll()
    before = rig.chain.head
    if kind == "id":
        rig.nodes[0].chain_id = 97
    else:
        rig.nodes[0].chain = strange(FakeChain(salt="another"))
    rig.restart()
    reason = rig.poll_halted()
    assert ("has chain 97, not 31337" if kind == "id" else "another chain") in reason
    rig.verdict(at=before)


@pytest.mark.parametrize("kind", ["id", "everything", "everything, after a break"])
def test_a_node_that_turns_into_one_of_another_chain_is_not_listened_to(make_rig, kind):
    rig = make_rig()
    tell(rig)
    rig.poll()
    before = rig.chain.head
    node = rig.nodes[0]
    if kind == "everything, after a break":
        node.stop()
        rig.try_for(seconds=60)
        node.start()
    node.chain_id = 97
    if kind != "id":
        node.chain = strange(FakeChain(chain_id=97))
    rig.chain.mine(buy(1))
    rig.try_for(seconds=60)
    rig.verdict_so_far()
    assert rig.last_block() == before.number
    # The right one again.
    node.chain, node.chain_id = rig.chain, rig.chain.chain_id
    rig.poll()
    rig.verdict()


def strange(chain: FakeChain) -> FakeChain:
    """A chain with the same contract and other trades."""
    chain.mine(create(1), add(1))
    for number in range(40):
        chain.mine(buy(1, amount=10 + number, trader=STRANGER))
    return chain
