"""What counts as an answer about blocks and logs, member by member."""

from datetime import UTC, datetime

import pytest

from chain import answers
from chain.answers import Header
from chain.errors import BadAnswer, Behind

CONTRACT = "0x" + "c0" * 20
HASH, PARENT = "0x" + "a1" * 32, "0x" + "b2" * 32
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECONDS = hex(int(NOON.timestamp()))

BLOCK = {"number": "0x7", "hash": HASH, "parentHash": PARENT, "timestamp": SECONDS, "miner": "0x"}
LOG = {
    "address": "0x" + "C0" * 20,
    "topics": ["0x" + "AA" * 32, "0x" + "00" * 32],
    "data": "0xFF00",
    "blockNumber": "0x7",
    "blockHash": "0x" + "A1" * 32,
    "blockTimestamp": SECONDS,
    "transactionHash": "0x" + "d4" * 32,
    "transactionIndex": "0x0",
    "logIndex": "0x3",
    "removed": False,
}


def logs(*told, first=7, last=9):
    return answers.logs(list(told), contract=CONTRACT, first=first, last=last)


def test_a_block_is_read():
    assert answers.header(BLOCK, number=7) == Header(7, HASH, PARENT, NOON)


def test_a_block_that_is_not_there_is_none_of_a_bad_answer():
    with pytest.raises(Behind):
        answers.header(None, number=7)


@pytest.mark.parametrize(
    "told",
    [
        [],
        "0x7",
        BLOCK | {"number": None},
        BLOCK | {"number": 7},
        BLOCK | {"number": "7"},
        BLOCK | {"number": "0x07"},
        BLOCK | {"number": "0x8"},
        BLOCK | {"number": "0x" + "f" * 16},
        BLOCK | {"hash": None},
        BLOCK | {"hash": HASH[:-1]},
        BLOCK | {"hash": HASH[:-1] + "g"},
        BLOCK | {"parentHash": ""},
        BLOCK | {"timestamp": "0xffffffffff"},
        {},
    ],
)
def test_what_is_no_block_is_refused(told):
    with pytest.raises(BadAnswer):
        answers.header(told, number=7)


def test_a_log_is_read_in_one_spelling():
    (log,) = logs(LOG)
    assert (log.block_number, log.log_index, log.id) == (7, 3, 0)
    assert log.address == CONTRACT
    assert log.topics == ("0x" + "aa" * 32, "0x" + "00" * 32)
    assert log.data == "0xff00"
    assert log.block_hash == HASH
    assert log.transaction_hash == "0x" + "d4" * 32
    assert log.block_time == NOON


@pytest.mark.parametrize("stamp", [None, "", "0x0", "soon", 5, [], "0xffffffffff"])
def test_a_time_beside_a_log_is_a_habit_and_not_a_must(stamp):
    (log,) = logs(LOG | {"blockTimestamp": stamp})
    assert log.block_time is None


def test_a_log_needs_no_more_than_its_own_members():
    (log,) = logs({k: v for k, v in LOG.items() if k not in {"removed", "blockTimestamp"}})
    assert log.block_time is None


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "0x" + "ee" * 20},
        {"address": None},
        {"removed": True},
        {"removed": None},
        {"removed": "false"},
        {"topics": None},
        {"topics": "0x" + "aa" * 32},
        {"topics": {"0x" + "aa" * 32: 1}},
        {"topics": ["0xaa"]},
        {"topics": [7]},
        {"topics": [None]},
        {"topics": ["0x" + "aa" * 32 + " 0x" + "aa" * 32] * 3},
        {"topics": ["0x" + "aa" * 32] * 5},
        {"data": None},
        {"data": "0x0"},
        {"data": "0xgg"},
        {"data": "ff"},
        {"data": "0xff\n"},
        {"blockNumber": "0x6"},
        {"blockNumber": "0xa"},
        {"blockNumber": "0x07"},
        {"blockNumber": 7},
        {"blockHash": None},
        {"blockHash": HASH + "00"},
        {"transactionHash": "0x"},
        {"logIndex": "0x80000000"},
        {"logIndex": "-0x1"},
        {"logIndex": None},
    ],
)
def test_what_is_no_log_of_ours_is_refused(changes):
    with pytest.raises(BadAnswer):
        logs(LOG | changes)


@pytest.mark.parametrize("told", [None, {}, "[]", [None], [[]], [{}]])
def test_what_is_no_list_of_logs_is_refused(told):
    with pytest.raises(BadAnswer):
        answers.logs(told, contract=CONTRACT, first=7, last=9)


NEXT = LOG | {"logIndex": "0x4"}
LATER = LOG | {"blockNumber": "0x8", "logIndex": "0x0", "blockHash": PARENT}


def test_logs_come_in_their_order():
    assert [log.place for log in logs(LOG, NEXT, LATER)] == [(7, 3), (7, 4), (8, 0)]


@pytest.mark.parametrize("told", [(NEXT, LOG), (LOG, LOG), (LATER, LOG)])
def test_logs_out_of_order_or_twice_are_refused(told):
    with pytest.raises(BadAnswer, match="after one at"):
        logs(*told)


def test_the_logs_of_a_block_have_its_hash_and_its_time():
    block = answers.header(BLOCK)
    found = logs(LOG, NEXT | {"blockTimestamp": None})
    answers.of_block(found, block)
    assert [log.block_time for log in found] == [NOON, NOON]


@pytest.mark.parametrize("changes", [{"blockHash": PARENT}, {"blockTimestamp": "0x1"}])
def test_one_log_of_another_block_spoils_them_all(changes):
    with pytest.raises(BadAnswer):
        answers.of_block(logs(LOG, NEXT | changes), answers.header(BLOCK))


def test_blocks_are_the_children_of_each_other():
    first, other = answers.header(BLOCK), answers.header(BLOCK | {"number": "0x8"})
    child = answers.header(BLOCK | {"number": "0x8", "parentHash": HASH})
    answers.chained([first, child], after=PARENT)
    # Before the first one that we know of, anything may be.
    answers.chained([first, child], after="")
    with pytest.raises(BadAnswer):
        answers.chained([first, other], after=PARENT)
    with pytest.raises(BadAnswer):
        answers.chained([first], after=HASH)


@pytest.mark.parametrize(("told", "number"), [("0x0", 0), ("0x7a69", 31337)])
def test_a_number_is_read(told, number):
    assert answers.quantity(told) == number


@pytest.mark.parametrize("told", [None, 1, "1", "0x", "0x01", "0xg", "0x" + "1" * 17])
def test_what_is_no_number_is_refused(told):
    with pytest.raises(BadAnswer):
        answers.quantity(told)
