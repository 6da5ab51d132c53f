"""What nodes say about finality: it may be missing, stand still, jump or go back."""

import pytest

from chain.listener import cursor_of
from chain.models import Cursor
from chain.tests import recorder
from chain.tests.fake_contract import BOB, add, buy, create
from chain.tests.rig import COMMITS, Rig

pytestmark = COMMITS


def tell(rig: Rig, blocks: int = 20) -> None:
    rig.chain.mine(create(1), add(1))
    for number in range(blocks - 1):
        rig.chain.mine(buy(1, amount=1000 + number))


def test_without_the_tag_everything_is_indexed_and_nothing_is_final(rig):
    rig.nodes[0].has_finalized = False
    tell(rig)
    rig.poll()
    rig.verdict()
    assert rig.cursor().finalized_block is None
    rig.nodes[0].has_finalized = True
    rig.chain.mine(buy(1))
    rig.poll()
    rig.verdict()
    assert rig.cursor().finalized_block == 11


def test_a_handler_hears_of_it_as_reading_comes_up_to_it(make_rig):
    """Not when the node's final block moves: that lies ahead of what is read, and what is told
    later would never be said to be final."""
    rig = make_rig(blocks_to_finality=0)
    tell(rig)
    Cursor.objects.filter(pk=cursor_of(rig.config).pk).update(range_size=8)
    rig.poll()
    assert recorder.finals() == [8, 18, 20]
    rig.verdict()
    # And after a replay: it may have told more.
    assert recorder.finals() == [8, 18, 20, 20]


def test_it_may_stand_still(rig):
    tell(rig)
    rig.nodes[0].finalized_at = 3
    for _ in range(5):
        rig.chain.mine_empty(5)
        rig.chain.mine(buy(1))
        rig.poll()
        rig.verdict()
    assert rig.cursor().finalized_block == 3
    rig.chain.reorg(40, *[[buy(1, amount=9 + number)] for number in range(41)])
    rig.poll()
    rig.verdict()


def test_it_never_goes_back(rig):
    tell(rig)
    rig.poll()
    assert rig.cursor().finalized_block == 10
    rig.nodes[0].finalized_at = 4
    rig.chain.mine(buy(1))
    rig.poll()
    rig.verdict()
    assert rig.cursor().finalized_block == 10
    before = rig.chain.head
    # Final by the node's new word, but not by its old one.
    rig.chain.reorg(before.number - 6, *[[buy(1, trader=BOB)] for _ in range(20)])
    rig.poll_halted()
    rig.verdict(at=before)


def test_one_above_the_head_is_not_taken_further_than_the_head(rig):
    tell(rig)
    rig.nodes[0].finalized_at = 35
    rig.try_for(seconds=60)
    rig.verdict_so_far()
    rig.nodes[0].finalized_at = None
    rig.poll()
    rig.verdict()


@pytest.mark.parametrize("is_new", [False, True], ids=["running", "started anew"])
def test_it_may_pass_over_a_reorganisation_that_was_not_seen_yet(rig, is_new):
    """The other branch is final when we hear of it; what we have was never final for us."""
    tell(rig)
    rig.poll()
    rig.chain.reorg(5, *[[buy(1, amount=77 + number, trader=BOB)] for number in range(8)])
    rig.chain.mine_empty(60)
    if is_new:
        rig.restart()
    rig.poll()
    rig.verdict()
    assert rig.cursor().finalized_block == rig.chain.head.number - 10


def test_a_long_absence_ends_in_a_range_that_joins_what_we_have(rig):
    tell(rig)
    rig.poll()
    for number in range(60):
        rig.chain.mine(buy(1, amount=40 + number))
    rig.restart()
    rig.poll()
    rig.verdict()


@pytest.mark.parametrize("confirmations", [0, 3])
def test_it_may_be_a_number_of_confirmations(make_rig, confirmations):
    rig = make_rig(finality=str(confirmations))
    rig.nodes[0].has_finalized = False
    tell(rig)
    rig.poll()
    rig.verdict()
    assert rig.cursor().finalized_block == 20 - confirmations
    if confirmations:
        rig.chain.reorg(3, *[[buy(1, amount=5 + number)] for number in range(4)])
        rig.poll()
        rig.verdict()
    before = rig.chain.head
    rig.chain.reorg(confirmations + 1, *[[] for _ in range(confirmations + 2)])
    rig.poll_halted()
    rig.verdict(at=before)
