"""Deposits and payments that cannot be read or make no sense: in quarantine, nobody's money."""

from dataclasses import replace

import pytest

from betting.models import Balance
from chain.models import Quarantine
from chain.tests.fake_contract import ALICE, BOB, UINT256_MAX, Emitted, event
from chain.tests.test_strange_logs import with_topic, with_word
from vault.models import Deposit, Withdrawal
from vault.tests.fake_vault import deposit, redeem, say
from vault.tests.rig import make_rig  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

FINALITY = 2
Reason = Quarantine.Reason


def deposited(seq, amount=7):
    return event("Deposited", user=BOB, seq=seq, amount=amount)


def withdrawn(seq, amount=7):
    return event("Withdrawn", id=Withdrawal.objects.get().pk, user=ALICE, seq=seq, amount=amount)


# The place of the user among the topics.
PLACES = {deposited: 1, withdrawn: 2}
UNREADABLE = {
    "dirty address": lambda of, seq: with_topic(of(seq), PLACES[of], "0x" + "ff" * 12 + BOB[2:]),
    "a topic too few": lambda of, seq: replace(of(seq), topics=of(seq).topics[:-1]),
    "dirty seq": lambda of, seq: with_word(of(seq), 0, 2**64 + seq),
    "short data": lambda of, seq: replace(of(seq), data=of(seq).data[:-64]),
    "half a word": lambda of, seq: replace(of(seq), data=of(seq).data[:-32]),
    "long data": lambda of, seq: replace(of(seq), data=of(seq).data + "00" * 32),
    "no data": lambda of, seq: replace(of(seq), data="0x"),
    "unknown topic": lambda of, seq: Emitted(("0x" + "99" * 32,), of(seq).data),
}


@pytest.fixture
def rig(make_rig):  # noqa: F811
    """Alice has 1000 and a voucher of 400."""
    rig = make_rig(nodes=1, blocks_to_finality=FINALITY)
    rig.chain.mine(deposit(ALICE, 1000))
    settle(rig)
    rig.look()
    rig.withdraw(ALICE, 400)
    return rig


def settle(rig):
    rig.chain.mine_empty(FINALITY)
    rig.poll()


def balances():
    return dict(Balance.objects.values_list("user__address", "available"))


def reasons():
    return list(Quarantine.objects.unresolved().order_by("pk").values_list("reason", flat=True))


@pytest.mark.parametrize("of", [deposited, withdrawn])
def test_what_cannot_be_read_is_nobodys_and_the_rest_goes_on(rig, of):
    strange = [say(lambda seq, each=each: each(of, seq)) for each in UNREADABLE.values()]
    rig.chain.mine(*strange, deposit(BOB, 5), redeem(0))
    settle(rig)
    rig.verdict()
    assert reasons() == [Reason.UNDECODABLE] * len(UNREADABLE)
    assert balances() == {ALICE: 600, BOB: 5}
    assert Withdrawal.objects.get().state == Withdrawal.State.REDEEMED


@pytest.mark.parametrize(
    ("of", "amount"), [(deposited, 0), (withdrawn, 0), (withdrawn, UINT256_MAX)]
)
def test_an_amount_that_cannot_be_is_refused(rig, of, amount):
    rig.chain.mine(say(lambda seq: of(seq, amount)), deposit(BOB, 5))
    settle(rig)
    assert reasons() == [Reason.REFUSED]
    assert balances() == {ALICE: 600, BOB: 5}
    assert Withdrawal.objects.get().log is None


def test_the_greatest_amount_is_credited_and_no_more_fits(rig):
    rig.chain.mine(deposit(BOB, UINT256_MAX), deposit(BOB, 1), deposit(ALICE, 1))
    settle(rig)
    assert reasons() == []
    assert balances() == {ALICE: 601, BOB: UINT256_MAX}
    assert Deposit.objects.waiting().get().amount == 1


@pytest.mark.parametrize("of", [deposited, withdrawn])
def test_after_a_gap_nothing_is_believed_until_it_is_filled(rig, of):
    """The contract counted an event that no node tells."""
    rig.chain.mine(say(lambda seq: of(seq + 1)))
    settle(rig)
    assert reasons() == [Reason.SEQ_GAP]
    assert balances() == {ALICE: 600}
    assert Withdrawal.objects.get().log is None
