"""Anything that happens to a chain, its nodes, our process and its database, in any order.

After every step, raw logs and projection are compared with the branch that ends in the cursor's
block, be it an orphan by then; in the end, with the chain's head.
"""

from collections.abc import Callable

from django.db import DatabaseError, connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from chain.tests import fake_contract as contract
from chain.tests import faults
from chain.tests.crashes import Crash, connection_lost_at, crash_at
from chain.tests.fake_contract import ALICE, BOB, CAROL, Call, event
from chain.tests.fake_node import ANY
from chain.tests.rig import Rig
from kmarket.tests.proof import cases

FINALITY = 6

markets = st.integers(1, 3)
people = st.sampled_from([ALICE, BOB, CAROL])
amounts = st.one_of(st.integers(1, 5000), st.just(2**200))


def nonsense(market: int, outcome: int) -> Call:
    """A trade that cannot be, told by the contract all the same."""
    return contract.say(
        lambda seq: event(
            "SharesBought",
            marketId=market,
            trader=ALICE,
            outcome=outcome,
            seq=seq,
            collateralIn=10,
            fee=1,
            sharesOut=9,
            poolsAfter=[1] * 9,
        )
    )


calls = st.one_of(
    st.builds(contract.create, markets, outcomes=st.integers(2, 4)),
    st.builds(contract.add, markets, provider=people, amount=amounts),
    st.builds(contract.remove, markets, provider=people, amount=st.integers(1, 900)),
    *[st.builds(contract.buy, markets, trader=people, outcome=st.integers(0, 3), amount=amounts)]
    * 3,
    st.builds(contract.sell, markets, trader=people, outcome=st.integers(0, 3), amount=amounts),
    st.builds(contract.propose, markets),
    st.builds(contract.finalize, markets, outcome=st.integers(0, 1), voided=st.booleans()),
    st.builds(contract.claim, markets, claimant=people),
    st.builds(nonsense, markets, st.integers(0, 9)),
)
blocks = st.runner().flatmap(lambda machine: st.lists(machine.calls, max_size=4))
nodes = st.integers(0, 1)
accidents = st.sampled_from(
    [
        *(faults.bad_gateway, faults.hang_up, faults.html, faults.truncated, faults.cut_off),
        *(faults.too_large, faults.too_many_requests, faults.too_many_requests_for(7)),
        *(faults.twice, faults.out_of_order, faults.removed, faults.foreign, faults.other_hash),
        faults.result(None),
    ]
)


class Machine(RuleBasedStateMachine):
    """A rig with two nodes on one chain."""

    # What happens on the chain, and what has happened when the listener comes.
    calls = calls
    beginning = (contract.create(1), contract.add(1), contract.buy(1))

    def __init__(self, make_rig):
        super().__init__()
        self.rig = make_rig(nodes=2, blocks_to_finality=FINALITY)
        # The highest block that a node may have called final.
        self.final = 0
        self.old = []
        self.mine(self.beginning)

    @rule(calls=blocks)
    def mine(self, calls):
        self.rig.chain.mine(*calls)
        self.final = max(self.final, self.rig.chain.head.number - FINALITY)

    @rule(count=st.integers(1, 12))
    def time_goes_by(self, count):
        for _ in range(count):
            self.mine([])

    @rule(depth=st.integers(1, FINALITY), branch=st.lists(blocks, min_size=1, max_size=8))
    def reorganise(self, depth, branch):
        depth = min(depth, self.rig.chain.head.number - self.final)
        if depth > 0:
            self.old.append(self.rig.chain.head)
            self.rig.chain.reorg(depth, *branch)
            self.final = max(self.final, self.rig.chain.head.number - FINALITY)

    @rule(depth=st.integers(1, FINALITY))
    def mine_the_same_again(self, depth):
        """The same transactions on another branch, those of two blocks in one."""
        depth = min(depth, self.rig.chain.head.number - self.final)
        if depth > 0:
            orphaned = self.rig.chain.canonical[-depth:]
            txs = [tx for block in orphaned for tx, _ in block.txs]
            self.rig.chain.reorg(depth, txs[1::2], txs[::2], [])
            # The new branch may be the longer one.
            self.final = max(self.final, self.rig.chain.head.number - FINALITY)

    @precondition(lambda self: self.old)
    @rule()
    def go_back_to_an_old_branch(self):
        head = self.old.pop()
        known = self.rig.chain.canonical
        block = head
        while block.number >= len(known) or known[block.number] is not block:
            block = block.parent
        if block.number >= self.final:
            self.rig.chain.switch_to(head)
            self.final = max(self.final, head.number - FINALITY)

    @rule(steps=st.integers(1, 6))
    def poll(self, steps):
        for _ in range(steps):
            self.rig.step()
            self.judge()

    @rule(statement=st.integers(0, 40), is_ours=st.booleans())
    def crash(self, statement, is_ours):
        """In the transaction, before one of its statements."""
        end = crash_at if is_ours else connection_lost_at
        with end(statement) as reached:
            try:
                self.rig.step()
            except (Crash, DatabaseError):
                assert reached
        connection.close()
        self.rig.restart()
        self.judge()

    @rule(event=st.integers(0, 5))
    def fail_to_apply(self, event):
        left = iter(range(event, -1, -1))

        def watch(_):
            if next(left, None) == 0:
                raise Crash

        self.rig.recorder.watch = watch
        try:
            self.rig.step()
        except Crash:
            self.rig.restart()
        self.rig.recorder.watch = lambda _: None
        self.judge()

    @rule(node=nodes, accident=accidents, skip=st.integers(0, 6), times=st.integers(1, 3))
    def have_an_accident(self, node, accident, skip, times):
        self.rig.nodes[node].fault(ANY, accident, skip=skip, times=times)
        self.poll(3)

    @rule(node=nodes, behind=st.integers(0, 5))
    def lag(self, node, behind):
        self.rig.nodes[node].behind = behind

    @rule(node=nodes, is_there=st.booleans())
    def have_no_word_on_finality(self, node, is_there):
        self.rig.nodes[node].has_finalized = is_there

    @rule(skip=st.integers(0, 12), branch=blocks)
    def reorganise_at_a_call(self, skip, branch):
        rules = [
            node.fault(
                ANY, faults.doing(lambda: self.reorganise(2, [branch, []])), skip=skip, times=1
            )
            for node in self.rig.nodes
        ]
        self.poll(4)
        for node in self.rig.nodes:
            node.heal(*rules)

    @rule()
    def restart(self):
        self.rig.restart()

    @rule()
    def settle(self):
        for node in self.rig.nodes:
            node.heal()
            node.behind, node.has_finalized = 0, True
        self.rig.poll()
        self.rig.verdict()

    def judge(self):
        block = self.rig.chain.by_hash.get(self.rig.last_hash())
        if block is not None:
            self.rig.verdict_on_rows(block)

    def teardown(self):
        self.settle()


def play(
    make_rig: Callable[..., Rig],
    *,
    every_day: int,
    full: int,
    machine: type[Machine] = Machine,
) -> None:
    """Play so many histories."""
    run_state_machine_as_test(
        lambda: machine(make_rig),
        settings=settings(
            max_examples=cases(every_day, full),
            stateful_step_count=cases(25, 60),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
