"""Tokens that aren't plain: one that keeps some of what it moves, one that calls back."""

from dataclasses import astuple

import pytest

from contracts.tests.house import House
from contracts.tests.stage import E18, refused

pytestmark = pytest.mark.needs("node")


def house_with(stage, name):
    token = stage.deploy(name)
    for person in stage.people:
        stage.do(person, "mint", person, 100 * E18, to=token)
    return House(stage, token)


def test_a_token_that_takes_a_fee_is_not_taken(stage, owner, alice):
    house = house_with(stage, "FeeToken")
    house.deposit(alice, E18)
    stage.do(owner, "setPercent", 2, to=house.token)
    with refused("TokenRefused", E18, E18 * 98 // 100):
        house.deposit(alice, E18)
    # What the vault gives it gives whole: the fee is the receiver's.
    house.redeem(house.voucher(alice, E18))
    assert (house.held, house.read("seq")) == (0, 2)


class Trap:
    """A vault whose token calls back in the middle of each transfer, and is a user itself."""

    def __init__(self, stage):
        self.house = house = house_with(stage, "HookToken")
        self.stage, self.me = stage, house.token.address
        house.deposit(stage.alice, 10 * E18)

    def set(self, call, *args, early):
        data = self.house.vault.interface.call(call, list(args))
        vault, token = self.house.vault.address, self.house.token
        self.stage.do(self.stage.mallory, "setHook", vault, data, early, to=token)

    def sprung(self):
        token = self.house.token
        return self.stage.read("calls", to=token), self.stage.read("answer", to=token)[:4]


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("inner", ["depositFor", "withdraw"])
@pytest.mark.parametrize("outer", ["deposit", "withdraw"])
def test_no_call_gets_in_while_another_moves_tokens(stage, alice, outer, inner, early):
    trap = Trap(stage)
    house = trap.house
    inside = house.voucher(trap.me, E18)
    calls = {"depositFor": (alice, E18), "withdraw": astuple(inside)}
    trap.set(inner, *calls[inner], early=early)

    if outer == "deposit":
        house.deposit(alice, E18)
    else:
        house.redeem(house.voucher(alice, E18))

    (reentrant,) = [
        selector
        for selector, abi in house.vault.interface.errors.items()
        if abi["name"] == "ReentrancyGuardReentrantCall"
    ]
    assert trap.sprung() == (1, reentrant)
    assert house.held == (11 if outer == "deposit" else 9) * E18
    assert not house.read("used", inside.id)
