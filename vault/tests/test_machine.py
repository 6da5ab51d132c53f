"""The chain's machine with the vault on it: reorganisations, accidents, crashes, restarts, lies."""

from contextlib import suppress

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from betting.errors import InsufficientBalance
from chain.errors import Halted, NodeError, NoNode
from chain.tests import machine
from chain.tests.crashes import Crash, crash_at
from chain.tests.fake_contract import ALICE, BOB
from kmarket.tests.proof import takes_its_time
from vault.models import Withdrawal
from vault.tests.fake_vault import deposit, redeem, steal
from vault.tests.rig import VOUCHER_BLOCKS, make_rig  # noqa: F401  (a fixture)
from vault.watching import Doubtful, NotYet

LOOKS_MAX = 3
people = st.sampled_from([ALICE, BOB])
deposits = st.builds(deposit, people, st.integers(1, 500))
redemptions = st.builds(redeem, st.integers(0, 5))


class VaultMachine(machine.Machine):
    calls = st.one_of(
        deposits, redemptions, redemptions, st.builds(steal, st.integers(1, 3), st.integers(1, 9))
    )
    beginning = (deposit(ALICE, 1000), deposit(BOB, 300))

    def __init__(self, make):
        super().__init__(make)
        self.time_goes_by(machine.FINALITY)
        self.rig.poll()
        self.rig.look()

    @rule(who=people, amount=st.integers(1, 400))
    def withdraw(self, who, amount):
        with suppress(InsufficientBalance):
            self.rig.withdraw(who, amount)
        self.judge()

    @rule(who=people, amount=st.integers(1, 90), is_replaced=st.booleans())
    def redeem_at_once(self, who, amount, is_replaced):
        with suppress(InsufficientBalance):
            self.rig.withdraw(who, amount)
            self.mine([redeem(len(self.rig.vouchers) - 1)])
        self.poll(2)
        if is_replaced:
            self.reorganise(1, [[], []])
            self.poll(3)

    @rule(who=people, statement=st.integers(0, 12))
    def die_while_withdrawing(self, who, statement):
        before = Withdrawal.objects.count()
        with crash_at(statement) as reached, suppress(Crash, InsufficientBalance):
            self.rig.withdraw(who, 1)
        if reached:
            assert Withdrawal.objects.count() == before
        self.judge()

    @rule()
    def look(self):
        with suppress(NotYet, Doubtful, NodeError, NoNode, Halted):
            self.rig.look()
        self.judge()

    @rule(statement=st.integers(0, 25))
    def die_while_looking(self, statement):
        with crash_at(statement), suppress(NotYet, Doubtful, NodeError, NoNode, Halted, Crash):
            self.rig.look()
        self.judge()

    @rule(node=machine.nodes, does_lie=st.booleans())
    def deny_payments(self, node, does_lie):
        change = self.rig.liars.add if does_lie else self.rig.liars.discard
        change(self.rig.nodes[node])

    @precondition(lambda self: Withdrawal.objects.unseen().exists())
    @rule()
    def let_vouchers_expire(self):
        self.time_goes_by(VOUCHER_BLOCKS + machine.FINALITY)
        self.settle()
        self.look()

    def teardown(self):
        self.rig.liars.clear()
        # A node that is late with an answer is left alone for a while, and two are needed.
        for _ in range(LOOKS_MAX):
            if Withdrawal.objects.unseen().exists():
                self.let_vouchers_expire()
        self.settle()
        assert not Withdrawal.objects.unseen().exists()


@takes_its_time
@pytest.mark.django_db(transaction=True)
def test_whatever_happens_everybody_has_what_is_theirs(make_rig):  # noqa: F811
    machine.play(make_rig, every_day=3, full=700, machine=VaultMachine)
