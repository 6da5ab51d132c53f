"""Nodes that refuse, break or go away: nothing is lost, nothing is asked in vain for ever."""

import logging
from itertools import pairwise

import pytest
from django.core.management import CommandError

from chain.models import Cursor
from chain.tests import faults
from chain.tests.fake_contract import BOB, add, buy, create, sell
from chain.tests.fake_node import ANY, Error
from chain.tests.rig import COMMITS, LANES, Rig
from kmarket.tests.proof import cases

pytestmark = COMMITS

BROKEN = {
    "413": faults.too_large,
    "429": faults.too_many_requests,
    "429 in JSON": faults.too_many_in_json,
    "429 with a date": faults.too_many_requests_for("Wed, 21 Oct 2099 07:28:00 GMT"),
    "429 with nonsense": faults.too_many_requests_for("soon"),
    "502": faults.bad_gateway,
    "503": faults.unavailable,
    "HTML": faults.html,
    "truncated JSON": faults.truncated,
    "a cut body": faults.cut_off,
    "no body": faults.empty,
    "no result": faults.no_result,
    "another call's answer": faults.wrong_id,
    "a hang-up": faults.hang_up,
    "no HTTP": faults.said(b"\x00\xff\x16 220 smtp ready\r\n\r\n"),
    "no header's end": faults.said(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000),
    "a header that is none": faults.said(b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n{}"),
    "a length that is none": faults.said(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"),
    "no gzip": faults.said(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
    ),
    "a bad chunk": faults.said(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"
    ),
    "a redirection": faults.said(
        b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    ),
    "no Unicode": faults.answered(b'{"jsonrpc": "2.0", "id": 1, "result": "\xff\xfe"}'),
    "a deep nest": faults.answered(b"[" * 100_000),
    "a number": faults.answered(b"17"),
    "null": faults.answered(b"null"),
    "an empty list": faults.answered(b"[]"),
    "a list of nothing": faults.answered(b"[null, null, null]"),
    "an error of words": faults.answered(b'{"jsonrpc": "2.0", "id": null, "error": "no"}'),
    "an error of nothing": faults.answered(b'{"jsonrpc": "2.0", "id": 1, "error": {}}'),
    "an internal error": lambda _: Error(-32603, "Internal error"),
    "a header not found": lambda _: Error(-32000, "header not found"),
    "an unknown method": lambda _: Error(-32601, "the method does not exist/is not available"),
}


def tell(rig: Rig) -> None:
    rig.chain.mine(create(1), add(1))
    for number in range(6):
        rig.chain.mine(buy(1, amount=1000 + number), buy(1, trader=BOB, outcome=1))
    rig.chain.mine(sell(1, amount=200))


def trade(rig: Rig, amount: int) -> None:
    """Six blocks, some of which are final, and read as a range."""
    for number in range(6):
        rig.chain.mine(buy(1, amount=amount + number + 1), buy(1, outcome=1))


# How they break every single call, one after the other; all of them with KMARKET_PROOF=full.
AT_EACH_CALL = list(BROKEN)[:: cases(8, 1)]


@pytest.mark.parametrize("how", AT_EACH_CALL)
def test_every_call_may_break_once(make_rig, how):
    """The first call breaks, then the second, and so on until none was left to break."""
    rig = make_rig(blocks_to_finality=3)
    tell(rig)
    for call in range(100):
        trade(rig, 10 * call)
        with rig.nodes[0].faulty(ANY, BROKEN[how], skip=call, times=1) as rule:
            rig.poll()
        rig.verdict_on_rows(rig.chain.head)
        if not rule.hits:
            break
    rig.verdict()
    assert call > 8


def test_a_call_may_break_in_every_way(make_rig):
    rig = make_rig(blocks_to_finality=3)
    tell(rig)
    for number, (how, breaks) in enumerate(BROKEN.items()):
        trade(rig, 10 * number)
        with rig.nodes[0].faulty(ANY, breaks, skip=number % 9, times=1) as rule:
            rig.poll()
        assert rule.hits, how
        rig.verdict_on_rows(rig.chain.head)
    rig.verdict()


@pytest.mark.parametrize("breaks", BROKEN.values(), ids=BROKEN)
def test_what_breaks_for_a_while_is_waited_out(make_rig, breaks):
    rig = make_rig(blocks_to_finality=3)
    tell(rig)
    with rig.nodes[0].faulty(ANY, breaks):
        rig.try_for(seconds=600)
        # It doesn't hammer on a closed door: some calls a minute at the most, and few of them.
        assert len(rig.nodes[0].calls) < 200
    rig.poll()
    rig.verdict()


@LANES
def test_a_node_that_says_nothing_runs_into_the_time_out(make_rig, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality, nodes=2)
    tell(rig)
    with rig.nodes[0].faulty("eth_getLogs", faults.silence, times=2):
        rig.poll()
    rig.verdict()


def test_a_range_that_is_too_large_is_halved_whatever_they_call_it(make_rig):
    rig = make_rig(blocks_to_finality=0)
    tell(rig)
    for who, words in faults.TOO_LARGE.items():
        Cursor.objects.update(range_size=500)
        rig.chain.mine_empty(23)
        rig.chain.mine(buy(1))
        with rig.nodes[0].faulty("eth_getLogs", faults.range_too_large(words, blocks=4)) as rule:
            rig.poll()
        assert rig.chain.head.number == rig.last_block(), who
        # Halved until it fits, and not again: less would be slow.
        assert 4 <= rule.hits <= 30, who
        assert rig.cursor().range_size >= 2, who
    rig.verdict()


def test_a_range_shrinks_to_one_block_and_grows_again(make_rig):
    rig = make_rig(blocks_to_finality=0)
    tell(rig)
    words = faults.TOO_LARGE["infura"]
    with rig.nodes[0].faulty("eth_getLogs", faults.range_too_large(words, blocks=1)):
        rig.poll()
        rig.verdict()
    least = rig.cursor().range_size
    assert least <= 2
    for _ in range(30):
        rig.chain.mine_empty(20)
        rig.poll()
    assert rig.cursor().range_size > 20
    rig.verdict()


def test_a_single_block_that_is_too_large_is_not_skipped(make_rig):
    """No size helps: it waits, says so, and goes on once the node has its way with it."""
    rig = make_rig(blocks_to_finality=0)
    tell(rig)
    words = faults.TOO_LARGE["geth: size"]
    with rig.nodes[0].faulty("eth_getLogs", faults.range_too_large(words, blocks=0)):
        rig.try_for(seconds=600)
        rig.verdict_so_far()
        assert rig.last_block() == 0
    rig.poll()
    rig.verdict()


def test_a_rescan_of_a_block_that_is_too_large_ends(make_rig):
    rig = make_rig(blocks_to_finality=0)
    tell(rig)
    rig.poll()
    words = faults.range_too_large(faults.TOO_LARGE["geth: size"], blocks=0)
    with (
        rig.nodes[0].faulty("eth_getLogs", words, times=100) as rule,
        pytest.raises(CommandError),
    ):
        rig.rescan(1, rig.chain.head.number)
    assert rule.hits < 30
    rig.rescan(1, rig.chain.head.number)
    rig.verdict()


def test_after_a_429_it_waits_as_long_as_it_is_told_and_asks_for_the_same_range(make_rig):
    rig = make_rig(blocks_to_finality=0)
    tell(rig)
    asked = []
    rig.nodes[0].fault(ANY, faults.silence, when=lambda _: asked.append(rig.now))
    rig.nodes[0].fault("eth_getLogs", faults.too_many_requests_for(30), times=1)
    rig.poll()
    rig.verdict()
    pauses = [(later - sooner).total_seconds() for sooner, later in pairwise(asked)]
    assert [pause for pause in pauses if pause > 2] == [pytest.approx(30, abs=2)]
    ranges = [params[0] for method, params in rig.nodes[0].calls if method == "eth_getLogs"]
    assert ranges[0] == ranges[1]


def test_without_retry_after_it_backs_off_by_itself(make_rig):
    rig = make_rig(blocks_to_finality=0)
    tell(rig)
    with rig.nodes[0].faulty("eth_getLogs", faults.too_many_requests) as rule:
        rig.try_for(seconds=600)
        assert 2 <= rule.hits <= 60
    rig.poll()
    rig.verdict()
    ranges = [params[0] for method, params in rig.nodes[0].calls if method == "eth_getLogs"]
    assert ranges[0] == ranges[-1]


@pytest.mark.parametrize("batch_max", [0, 1, 2, 7])
@LANES
def test_a_node_may_take_no_batches_or_small_ones(make_rig, batch_max, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    rig.nodes[0].batch_max = batch_max
    tell(rig)
    rig.chain.mine_empty(20)
    rig.poll()
    rig.verdict()


@LANES
def test_a_batch_may_be_answered_in_any_order(make_rig, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    rig.nodes[0].is_batch_reversed = True
    tell(rig)
    rig.chain.mine_empty(20)
    rig.poll()
    rig.verdict()


def test_the_key_in_a_node_s_url_is_never_told(make_rig, caplog):
    """Whatever it does, and however much is logged."""
    rig = make_rig(blocks_to_finality=3, key="/v2/a-secret-key?token=another-secret")
    caplog.set_level(logging.DEBUG)
    tell(rig)
    for number, breaks in enumerate(BROKEN.values()):
        trade(rig, 10 * number)
        with rig.nodes[0].faulty(ANY, breaks, skip=number % 3, times=3):
            rig.poll()
    rig.nodes[0].stop()
    rig.try_for(seconds=10)
    rig.nodes[0].start()
    rig.nodes[0].chain_id = 97
    reason = rig.poll_halted()
    assert "127.0.0.1" in caplog.text
    assert "secret" not in caplog.text + reason


# --- Several nodes --------------------------------------------------------------------------------


@LANES
@pytest.mark.parametrize("breaks", [faults.bad_gateway, faults.too_many_requests, faults.hang_up])
def test_another_node_takes_over(make_rig, breaks, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality, nodes=3)
    tell(rig)
    rig.nodes[0].fault(ANY, breaks)
    rig.nodes[1].stop()
    rig.poll()
    rig.verdict()
    assert rig.nodes[2].calls


def test_every_node_is_down_and_they_come_back_one_by_one(make_rig):
    rig = make_rig(nodes=2)
    tell(rig)
    rig.poll()
    for node in rig.nodes:
        node.stop()
    rig.chain.mine(buy(1))
    rig.try_for(seconds=300)
    rig.verdict_so_far()
    for node in rig.nodes:
        node.start()
        rig.poll()
        rig.verdict()
        rig.chain.mine(buy(1))


def test_nodes_that_flap_hold_nothing_up(make_rig):
    rig = make_rig(nodes=2)
    tell(rig)
    for number in range(8):
        rig.chain.mine(buy(1, amount=number + 1))
        rig.nodes[number % 2].stop()
        rig.try_for(seconds=3)
        rig.never_ahead()
        rig.nodes[number % 2].start()
    rig.poll()
    rig.verdict()


def test_nodes_on_two_branches_are_not_mixed(make_rig):
    """The one that answers is believed; what the other one says later is a reorganisation."""
    rig = make_rig(nodes=2)
    tell(rig)
    rig.poll()
    other = rig.chain.fork()
    rig.nodes[1].chain = other
    for number in range(3):
        rig.chain.mine(buy(1, amount=500 + number))
        other.mine(buy(1, amount=900 + number, trader=BOB))
        other.mine()
        rig.try_for(seconds=5)
        rig.on_one_of(rig.chain, other)
    rig.nodes[0].stop()
    rig.poll_to(other)
    rig.verdict(at=other.head)


def test_a_node_of_another_chain_among_ours_is_not_asked(make_rig):
    rig = make_rig(nodes=2)
    rig.nodes[0].chain_id = 97
    tell(rig)
    rig.poll()
    rig.verdict()
    assert rig.nodes[0].count("eth_getLogs") == 0
