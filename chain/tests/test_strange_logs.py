"""Logs that cannot be read or make no sense: kept, told, and in nobody's way."""

from dataclasses import replace

import pytest
from django.core.management import call_command

from chain.models import Quarantine, RawLog
from chain.tests import recorder, rescan
from chain.tests.fake_contract import (
    ALICE,
    BOB,
    STRANGER,
    UINT256_MAX,
    Emitted,
    add,
    buy,
    create,
    event,
    say,
    sell,
)
from chain.tests.rig import COMMITS, SOME_LANE, Rig, canonical_logs

pytestmark = COMMITS


def bought(seq: int, **changes) -> Emitted:
    values = {
        "marketId": 2,
        "trader": ALICE,
        "outcome": 1,
        "seq": seq,
        "collateralIn": 1000,
        "fee": 20,
        "sharesOut": 1900,
        "poolsAfter": [10, 20],
    }
    return event("SharesBought", **values | changes)


def finalized(seq: int) -> Emitted:
    return event(
        "ResultFinalized",
        marketId=2,
        outcome=1,
        seq=seq,
        voided=False,
        payoutNumerators=[0, 1],
        payoutDenominator=1,
    )


def with_topic(emitted: Emitted, place: int, topic: str) -> Emitted:
    topics = list(emitted.topics)
    topics[place] = topic
    return replace(emitted, topics=tuple(topics))


def with_word(emitted: Emitted, place: int, value: int) -> Emitted:
    """Put another word into the data, as it is."""
    begin = 2 + 64 * place
    return replace(
        emitted, data=emitted.data[:begin] + f"{value:064x}" + emitted.data[begin + 64 :]
    )


# SharesBought's data: seq, collateralIn, fee, sharesOut, offset of poolsAfter, its length, items.
FEE, OFFSET, LENGTH = 2, 4, 5

# What the log is, by its seq; whose trading pauses; why.
STRANGE = {
    "unknown topic": (
        lambda seq: Emitted(("0x" + "99" * 32, "0x" + "00" * 31 + "02"), "0x"),
        None,
        "undecodable",
    ),
    "no topic": (lambda seq: Emitted((), "0x" + "12" * 32), None, "undecodable"),
    "a topic too few": (
        lambda seq: replace(bought(seq), topics=bought(seq).topics[:3]),
        2,
        "undecodable",
    ),
    "our topic alone": (
        lambda seq: replace(bought(seq), topics=bought(seq).topics[:1]),
        None,
        "undecodable",
    ),
    "dirty address": (
        lambda seq: with_topic(bought(seq), 2, "0x" + "ff" * 12 + ALICE[2:]),
        2,
        "undecodable",
    ),
    "dirty small number": (
        lambda seq: with_topic(bought(seq), 3, "0x01" + "00" * 30 + "01"),
        2,
        "undecodable",
    ),
    "dirty seq": (lambda seq: with_word(bought(seq), 0, 2**64 + seq), 2, "undecodable"),
    "dirty truth": (lambda seq: with_word(finalized(seq), 1, 2), 2, "undecodable"),
    "short data": (lambda seq: replace(bought(seq), data=bought(seq).data[:-64]), 2, "undecodable"),
    "half a word": (
        lambda seq: replace(bought(seq), data=bought(seq).data[:-32]),
        2,
        "undecodable",
    ),
    "no data": (lambda seq: replace(bought(seq), data="0x"), 2, "undecodable"),
    "long data": (
        lambda seq: replace(bought(seq), data=bought(seq).data + "00" * 32),
        2,
        "undecodable",
    ),
    "huge length": (lambda seq: with_word(bought(seq), LENGTH, UINT256_MAX), 2, "undecodable"),
    "large length": (lambda seq: with_word(bought(seq), LENGTH, 2**40), 2, "undecodable"),
    "huge offset": (lambda seq: with_word(bought(seq), OFFSET, UINT256_MAX), 2, "undecodable"),
    "offset into the head": (lambda seq: with_word(bought(seq), OFFSET, 32), 2, "undecodable"),
    "unknown market": (lambda seq: bought(seq, marketId=99), 99, "refused"),
    "the greatest market": (
        lambda seq: bought(seq, marketId=UINT256_MAX),
        UINT256_MAX,
        "refused",
    ),
    "outcome out of range": (lambda seq: bought(seq, outcome=2), 2, "refused"),
    "pools of other outcomes": (lambda seq: bought(seq, poolsAfter=[1, 2, 3]), 2, "refused"),
}


def tell(rig: Rig) -> None:
    rig.chain.mine(create(1), create(2), add(1), add(2))
    rig.chain.mine(buy(1, amount=1000), buy(2, trader=BOB))


@SOME_LANE
@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE)
def test_a_strange_log_is_kept_aside_and_everything_else_goes_on(
    make_rig, strange, blocks_to_finality
):
    make, market, reason = strange
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    tell(rig)
    block = rig.chain.mine(buy(1), say(make), buy(1, trader=BOB, outcome=1))
    rig.chain.mine(sell(1, amount=100), buy(2))
    rig.poll()
    rig.verdict()
    assert rig.quarantined() == [(market, block.number, 1, reason)]
    kept = Quarantine.objects.get()
    assert kept.log.data == make(block.world.seq).data or kept.log.topics
    assert kept.detail
    assert recorder.paused() == ({market} if market is not None else set())
    # Nothing of it is done again by asking for it again.
    rig.rescan(1, rig.chain.head.number)
    rig.verdict()
    assert rig.quarantined() == [(market, block.number, 1, reason)]


@SOME_LANE
@pytest.mark.parametrize("amount", [0, 1, 2**255, UINT256_MAX])
def test_amounts_are_whatever_fits_the_contract_s_numbers(make_rig, amount, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    tell(rig)
    amounts = {"collateralIn": amount, "fee": amount, "sharesOut": amount}
    rig.chain.mine(
        say(lambda seq: bought(seq, **amounts, poolsAfter=[amount, amount]), is_sense=True),
        buy(1),
    )
    rig.poll()
    rig.verdict()
    assert rig.quarantined() == []


def test_what_others_emit_is_none_of_ours(rig):
    tell(rig)
    rig.chain.mine(
        buy(1),
        say(lambda seq: replace(bought(seq), address=STRANGER), takes_seq=False),
        say(lambda seq: replace(bought(seq), address=STRANGER), takes_seq=False),
        buy(2),
    )
    rig.poll()
    rig.verdict()
    assert rig.quarantined() == []
    assert RawLog.objects.count() == 8


def test_events_that_the_profile_ignores_are_kept_and_mean_nothing(rig):
    tell(rig)
    rig.chain.mine(say(lambda seq: event("Paused", account=ALICE), takes_seq=False), buy(1))
    rig.poll()
    rig.verdict()
    assert rig.quarantined() == []


def test_a_trade_before_its_market_is_kept_aside(rig):
    tell(rig)
    rig.chain.mine(say(lambda seq: bought(seq, marketId=3)), create(3), add(3), buy(3))
    rig.poll()
    rig.verdict()
    assert rig.quarantined() == [(3, 3, 0, "refused")]
    assert recorder.paused() == {3}


@pytest.mark.parametrize("jump", [2, 1000])
def test_a_hole_in_the_count_of_events_that_is_in_the_chain_itself_is_told(rig, jump):
    """No node has what lies between: waiting would be for ever."""
    tell(rig)
    rig.chain.mine(say(lambda seq: bought(seq + jump)), buy(1))
    rig.poll()
    cursor = rig.cursor()
    assert (cursor.last_block, cursor.last_hash) == (3, rig.chain.head.hash)
    assert canonical_logs() == rescan.raw_logs(rig.chain.head)
    assert "seq_gap" in {reason for *_, reason in rig.quarantined()}


def test_a_reorganisation_takes_what_is_kept_aside_with_it(rig):
    tell(rig)
    rig.chain.mine(say(lambda seq: bought(seq, outcome=7)), buy(1))
    rig.poll()
    assert recorder.paused() == {2}
    rig.chain.reorg(1, [buy(2)], [buy(1)])
    rig.poll()
    rig.verdict()
    assert rig.quarantined() == []
    assert Quarantine.objects.get().resolution == "orphaned"
    assert recorder.paused() == set()


@SOME_LANE
def test_a_replay_takes_up_what_makes_sense_by_then(make_rig, blocks_to_finality):
    rig = make_rig(blocks_to_finality=blocks_to_finality)
    tell(rig)
    rig.recorder.refuses = lambda placed: placed.log.block_number == 3
    rig.chain.mine(buy(1), buy(2))
    rig.chain.mine(buy(1, trader=BOB))
    rig.poll()
    assert [reason for *_, reason in rig.quarantined()] == ["refused", "refused"]
    assert recorder.paused() == {1, 2}
    rig.recorder.refuses = lambda placed: False
    call_command("chain_replay")
    rig.verdict()
    assert rig.quarantined() == []
    assert {each.resolution for each in Quarantine.objects.all()} == {"applied"}
    assert recorder.paused() == set()
