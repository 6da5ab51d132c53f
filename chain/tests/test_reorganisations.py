"""Blocks that go away: whenever and however deep, what is stored is what the chain says then."""

from itertools import count

import pytest
from django.core.management import CommandError

from chain.tests import faults
from chain.tests.fake_contract import BOB, CAROL, add, buy, claim, create, finalize, remove, sell
from chain.tests.fake_node import ANY
from chain.tests.rig import COMMITS, NO_GUARD, Rig, places, run

pytestmark = COMMITS


def begin(rig: Rig) -> None:
    """Two markets with liquidity and a few trades, all of it stored."""
    rig.chain.mine(create(1), create(2, outcomes=3), add(1), add(2))
    rig.chain.mine(buy(1, amount=5000), buy(2, outcome=2))
    rig.chain.mine(sell(1, amount=700), buy(1, trader=BOB, outcome=1))
    rig.poll()
    rig.verdict()


def other_branch(length: int) -> list[list]:
    """Blocks of trades such as nobody made before."""
    return [[buy(1, amount=300 + i, trader=BOB), sell(1, amount=11 + i)] for i in range(length)]


@pytest.mark.parametrize("depth", [1, 2, 8])
def test_a_branch_takes_the_place_of_another(rig, depth):
    begin(rig)
    for number in range(depth):
        rig.chain.mine(buy(1, amount=1000 + number), buy(2, amount=50))
    rig.poll()
    orphans = rig.chain.reorg(depth, *other_branch(depth + 1))
    rig.poll()
    rig.verdict()
    assert rig.orphaned() == [log for block in orphans for log in places(block)]


def test_a_branch_takes_the_place_of_all_blocks(make_rig):
    """The contract's own block, too: nothing is final yet."""
    rig = make_rig(blocks_to_finality=100)
    begin(rig)
    rig.chain.reorg(3, [create(2), add(2)], *[[buy(2, amount=9 + number)] for number in range(9)])
    rig.poll()
    rig.verdict()


def test_a_transaction_is_mined_again_in_another_block_at_another_place(rig):
    begin(rig)
    bought = rig.chain.transaction(buy(1, amount=12_345))
    rig.chain.mine(bought)
    rig.poll()
    rig.chain.reorg(1, [buy(1, trader=BOB)], [buy(2), sell(1, amount=5), bought])
    rig.poll()
    rig.verdict()


def test_a_transaction_is_mined_again_in_the_same_place_of_another_block(rig):
    begin(rig)
    bought = rig.chain.transaction(buy(1, amount=12_345))
    rig.chain.mine(bought)
    rig.poll()
    rig.chain.reorg(1, [bought])
    rig.poll()
    rig.verdict()


def test_a_transaction_is_dropped(rig):
    begin(rig)
    rig.chain.mine(buy(1, amount=12_345))
    rig.poll()
    rig.chain.reorg(1, [], [])
    rig.poll()
    rig.verdict()


def test_a_transaction_is_replaced(rig):
    begin(rig)
    rig.chain.mine(buy(1, amount=12_345))
    rig.poll()
    rig.chain.reorg(1, [buy(1, amount=54_321)])
    rig.poll()
    rig.verdict()


def test_a_market_goes_away_with_all_that_happened_in_it_and_comes_back_otherwise(rig):
    begin(rig)
    rig.chain.mine(create(3), add(3), buy(3, amount=999))
    rig.chain.mine(remove(3, provider=CAROL), finalize(3), claim(3))
    rig.poll()
    rig.chain.reorg(2, [], [create(3, outcomes=4), add(3), buy(3, outcome=3)], [])
    rig.poll()
    rig.verdict()


@pytest.mark.parametrize("is_seen", [False, True])
def test_two_follow_each_other(rig, is_seen):
    begin(rig)
    rig.chain.mine(buy(1))
    rig.chain.mine(buy(1, amount=77))
    rig.poll()
    rig.chain.reorg(2, *other_branch(3))
    if is_seen:
        rig.poll()
        rig.verdict()
    rig.chain.reorg(3, [buy(2)], [], [buy(1, amount=3)], [])
    rig.poll()
    rig.verdict()


def test_the_chain_goes_back_to_a_branch_that_it_had_left(rig):
    begin(rig)
    rig.chain.mine(buy(1, amount=10_000))
    first = rig.chain.mine(sell(1, amount=900))
    rig.poll()
    rig.chain.reorg(2, *other_branch(3))
    rig.poll()
    rig.chain.switch_to(first)
    rig.poll()
    rig.verdict()
    rig.chain.mine(buy(1, amount=8))
    rig.poll()
    rig.verdict()


def test_the_other_branch_may_be_shorter(rig):
    begin(rig)
    for number in range(4):
        rig.chain.mine(buy(1, amount=1000 + number))
    rig.poll()
    rig.chain.reorg(4, [buy(2, amount=40)])
    rig.poll()
    rig.verdict()


def test_one_that_was_not_stored_yet_is_nothing_special(rig):
    begin(rig)
    rig.chain.mine(buy(1))
    rig.chain.reorg(1, *other_branch(2))
    rig.poll()
    rig.verdict()


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_one_may_come_at_any_call(rig, is_after):
    """Each time at the next call: while headers are read, logs are fetched, the fork is sought."""
    begin(rig)
    for call in range(1000):
        rig.chain.mine(buy(1), buy(2))
        rig.poll()
        # The second one comes in the middle of what the first one leads to.
        rig.chain.reorg(1, [buy(1, amount=60)], [sell(1, amount=20), buy(2, outcome=1)])
        second = faults.doing(lambda: rig.chain.reorg(2, *other_branch(3)), is_after=is_after)
        with rig.nodes[0].faulty(ANY, second, skip=call, times=1) as rule:
            rig.poll()
        rig.verdict_on_rows(rig.chain.head)
        if not rule.hits:
            break
    rig.verdict()
    assert call > 3


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_the_chain_may_change_its_mind_all_the_time(rig, calls):
    """Every so many calls the other branch is the chain's."""
    begin(rig)
    rig.chain.mine(buy(1), buy(2))
    first = rig.chain.mine(sell(1, amount=20))
    rig.poll()
    rig.chain.reorg(2, *other_branch(3))
    second = rig.chain.head
    made = count()

    def change_its_mind() -> None:
        is_first = next(made) // calls % 2
        rig.chain.switch_to(first if is_first else second)

    with rig.nodes[0].faulty(ANY, faults.doing(change_its_mind)):
        for _ in range(60):
            rig.step()
            rig.verdict_on_rows(rig.chain.by_hash[rig.last_hash()])
    rig.chain.mine(buy(1, amount=123))
    rig.poll()
    rig.verdict()


def test_one_comes_while_what_it_takes_away_is_being_stored(rig):
    begin(rig)
    rig.chain.mine(buy(1, amount=4321))
    rig.once(lambda: rig.chain.reorg(1, *other_branch(2)))
    rig.poll()
    rig.verdict()


def test_one_comes_while_another_is_being_stored(rig):
    begin(rig)
    rig.chain.mine(buy(1, amount=4321))
    rig.poll()
    rig.chain.reorg(1, *other_branch(2))
    rig.once(lambda: rig.chain.reorg(2, [buy(1, amount=9)], [], []))
    rig.poll()
    rig.verdict()


def test_one_of_what_is_final_is_accepted_by_an_operator(rig):
    begin(rig)
    rig.chain.mine_empty(12)
    rig.poll()
    rig.chain.reorg(rig.chain.head.number - 1, *other_branch(14))
    assert "chain_rescan --from 5 --accept" in rig.poll_halted()
    run(NO_GUARD)
    with pytest.raises(CommandError, match="say --from"):
        rig.rescan(5, rig.chain.head.number, "--accept")
    rig.rescan(1, rig.chain.head.number, "--accept")
    rig.restart()
    rig.poll()
    rig.verdict()


@pytest.mark.parametrize("is_new", [False, True], ids=["running", "started anew"])
def test_one_of_what_is_final_stops_everything_and_changes_nothing(rig, is_new):
    begin(rig)
    rig.chain.mine_empty(12)
    rig.poll()
    before, final = rig.chain.head, rig.cursor().finalized_block
    assert final == 5
    rig.chain.reorg(before.number - final + 1, *other_branch(14))
    if is_new:
        rig.restart()
    for _ in range(2):
        assert "below the finalized block" in rig.poll_halted()
        rig.verdict(at=before)
    assert rig.orphaned() == []
    # It was the node, and the node is mended: it goes on by itself.
    rig.chain.switch_to(before)
    rig.chain.mine(buy(1))
    rig.poll()
    rig.verdict()
    assert rig.cursor().halted_reason == ""


def test_one_down_to_the_block_above_what_is_final_is_still_one(rig):
    begin(rig)
    rig.chain.mine_empty(12)
    rig.poll()
    final = rig.cursor().finalized_block
    rig.chain.reorg(rig.chain.head.number - final, *other_branch(12))
    rig.poll()
    rig.verdict()
