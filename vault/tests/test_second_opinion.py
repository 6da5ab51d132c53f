"""What a node can make us believe, and what it can't: nothing comes back on one word alone."""

import logging

import pytest

from chain.errors import Behind, NodeError, OtherHistory
from chain.tests import faults
from chain.tests.fake_contract import ALICE
from vault import watching
from vault.models import Reading, Withdrawal
from vault.tests.fake_vault import deposit, redeem
from vault.tests.rig import VOUCHER_BLOCKS, make_rig  # noqa: F401  (a fixture)
from vault.watching import Doubtful

pytestmark = pytest.mark.django_db(transaction=True)

State = Withdrawal.State
FINALITY = 2


@pytest.fixture
def late(make_rig):  # noqa: F811
    """late(is_paid=…, nodes=…) → a rig with a voucher that is past its deadline."""

    def make(*, is_paid, nodes=2, hides=()):
        rig = make_rig(nodes=nodes, blocks_to_finality=FINALITY)
        rig.chain.mine(deposit(ALICE, 1000))
        rig.chain.mine_empty(FINALITY)
        rig.poll()
        rig.look()
        rig.withdraw(ALICE, 400)
        for number in hides:
            rig.nodes[number].fault("eth_getLogs", faults.nothing)
            rig.liars.add(rig.nodes[number])
        rig.chain.mine(*[redeem(0)] * is_paid)
        rig.chain.mine_empty(VOUCHER_BLOCKS + FINALITY)
        rig.poll()
        return rig

    return make


def state():
    return Withdrawal.objects.get().state


@pytest.mark.parametrize("nodes", [1, 2, 3])
def test_what_all_nodes_call_unpaid_comes_back(late, nodes):
    rig = late(is_paid=False, nodes=nodes)
    assert rig.look() == 1
    assert state() == State.EXPIRED


def test_a_node_that_hides_a_payment_has_nothing_credited_back(late):
    """It is the one that we read the logs from, and denies the payment when it is asked."""
    rig = late(is_paid=True, hides=[0])
    assert Withdrawal.objects.get().log is None
    with pytest.raises(Doubtful, match=r"counted 2 events up to block \d+, and 1 are stored"):
        rig.look()
    assert state() == State.ISSUED


def test_a_node_that_lies_in_all_it_says_is_contradicted(late, monkeypatch):
    """The count, too: only the other one says otherwise."""
    rig = late(is_paid=True, hides=[0])
    truth = rig.nodes[0].methods["eth_call"]

    def lies(call, at):
        one_less = "0x" + (1).to_bytes(32).hex()
        return one_less if (told := truth(call, at)) == "0x" + (2).to_bytes(32).hex() else told

    monkeypatch.setitem(rig.nodes[0].methods, "eth_call", lies)
    with pytest.raises(Doubtful, match="counted 2 events"):
        rig.look()
    assert state() == State.ISSUED


def test_where_the_second_says_that_it_was_paid_it_stays(late, caplog):
    """As many events, and another one among them."""
    rig = late(is_paid=False)
    truth = rig.nodes[1].methods["eth_call"]
    number, yes = f"{Withdrawal.objects.get().pk:064x}", "0x" + (1).to_bytes(32).hex()
    rig.nodes[1].methods["eth_call"] = lambda call, at: (
        yes if call["data"].endswith(number) else truth(call, at)
    )
    with caplog.at_level(logging.ERROR):
        assert rig.look() == 0
    assert "paid vouchers otherwise than we issued them" in caplog.text
    assert state() == State.ISSUED


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"behind": VOUCHER_BLOCKS}, Behind),
        ({"finality": VOUCHER_BLOCKS}, Behind),
        ({"has_finalized": False}, Behind),
        ({"chain_id": 1}, OtherHistory),
    ],
    ids=["lags", "less is final", "no word of it", "another chain"],
)
def test_a_second_that_cannot_know_is_none(late, change, error):
    rig = late(is_paid=False)
    before = dict(vars(rig.nodes[1]))
    vars(rig.nodes[1]).update(change)
    with pytest.raises(error):
        rig.look()
    assert state() == State.ISSUED
    vars(rig.nodes[1]).update({name: before[name] for name in change})
    rig.restart()
    assert rig.look() == 1


def test_what_one_node_calls_final_too_early_does_not_come_back(late):
    """The first believes in its head; the second knows better, and the block is replaced."""
    rig = late(is_paid=False)
    rig.withdraw(ALICE, 100)
    rig.nodes[0].finality = 0
    rig.chain.mine_empty(VOUCHER_BLOCKS)
    rig.poll()
    with pytest.raises(Behind, match="doesn't call block"):
        rig.look()
    assert {each.state for each in Withdrawal.objects.all()} == {State.ISSUED}


def test_a_first_node_that_is_down_holds_up_one_look(late, monkeypatch):
    """The clock's looks know of each other which node failed."""
    rig = late(is_paid=False, nodes=3)
    before = Reading.objects.get().block_number
    monkeypatch.setattr(watching, "_last", watching._Last())
    rig.nodes[0].stop()
    watching.start_due(rig.now).join()
    assert Reading.objects.get().block_number == before
    watching.start_due(rig.now).join()
    assert Reading.objects.get().block_number > before
    assert state() == State.EXPIRED


def test_without_a_second_nothing_comes_back_and_the_rest_goes_on(late):
    rig = late(is_paid=False)
    rig.nodes[1].stop()
    for _ in range(3):
        with pytest.raises(NodeError):
            rig.look()
    with pytest.raises(Doubtful, match=r"only \S+ answers, and two nodes must say"):
        rig.look()
    assert state() == State.ISSUED
    # The other way round: the first is away, the second is read, and is alone as well.
    rig.nodes[1].start()
    rig.nodes[0].stop()
    rig.restart()
    with pytest.raises(NodeError):
        rig.look()
    rig.chain.mine_empty(2)
    rig.poll()
    with pytest.raises((Doubtful, NodeError)):
        rig.look()
    assert state() == State.ISSUED
    rig.nodes[0].start()
    rig.restart()
    assert rig.look() == 1
