"""Who may do what, and that pausing stops entry and nothing else."""

import pytest

from contracts.tests.stage import E18, EVIDENCE, FOREVER, LOCKED_LP, UNLIMITED, refused

pytestmark = pytest.mark.needs("node")

ROLES = ["DEFAULT_ADMIN_ROLE", "CREATOR_ROLE", "RESOLVER_ROLE", "ARBITER_ROLE", "GUARDIAN_ROLE"]


def role(stage, name):
    return stage.read(name)


@pytest.fixture
def market(stage):
    return stage.open()


def guarded(stage, market):
    """What takes which role."""
    terms = (stage.token.address, 2, stage.now + 100, stage.now + 200, 60, 0, bytes(32))
    return {
        "CREATOR_ROLE": ("createMarket", terms, 10**6, [1, 1]),
        "RESOLVER_ROLE": ("proposeResult", market, 0, EVIDENCE),
        "ARBITER_ROLE": ("challengeResult", market, 1, EVIDENCE),
        "GUARDIAN_ROLE": ("pause",),
        "DEFAULT_ADMIN_ROLE": ("unpause",),
    }


def test_the_owner_begins_with_every_role(stage, owner, alice):
    for name in ROLES:
        assert stage.read("hasRole", role(stage, name), owner)
        assert not stage.read("hasRole", role(stage, name), alice)


@pytest.mark.parametrize("name", ROLES)
def test_without_the_role_it_is_refused(stage, market, mallory, name):
    needed = role(stage, name)
    with refused("AccessControlUnauthorizedAccount", mallory, needed):
        stage.do(mallory, *guarded(stage, market)[name])
    # Each of the others is of no help, but for voiding, which is an arbiter's too.
    for other in set(ROLES) - {name}:
        stage.do(stage.owner, "grantRole", role(stage, other), mallory)
    with refused("AccessControlUnauthorizedAccount", mallory, needed):
        stage.do(mallory, *guarded(stage, market)[name])


def test_a_role_is_enough_and_can_be_taken_away(stage, market, owner, alice):
    guardian = role(stage, "GUARDIAN_ROLE")
    stage.do(owner, "grantRole", guardian, alice)
    stage.do(alice, "pause")
    stage.do(owner, "unpause")
    stage.do(owner, "revokeRole", guardian, alice)
    with refused("AccessControlUnauthorizedAccount", alice, guardian):
        stage.do(alice, "pause")


def test_a_role_is_given_back_by_its_holder_alone(stage, owner, alice):
    guardian = role(stage, "GUARDIAN_ROLE")
    with refused("AccessControlBadConfirmation"):
        stage.do(owner, "renounceRole", guardian, alice)
    stage.do(owner, "renounceRole", guardian, owner)
    assert not stage.read("hasRole", guardian, owner)


def test_only_the_admin_hands_roles_on(stage, alice):
    with refused("AccessControlUnauthorizedAccount", alice, role(stage, "DEFAULT_ADMIN_ROLE")):
        stage.do(alice, "grantRole", role(stage, "RESOLVER_ROLE"), alice)


def test_pausing_stops_entry(stage, market, owner, alice):
    stage.do(owner, "pause")
    for by, call in [
        (alice, ("buy", market, 0, E18, 0, FOREVER)),
        (alice, ("addLiquidity", market, E18, 0, [0, 0])),
        (owner, guarded(stage, market)["CREATOR_ROLE"]),
        (owner, ("pause",)),
    ]:
        with refused("EnforcedPause"):
            stage.do(by, *call)
    stage.do(owner, "unpause")
    stage.do(alice, "buy", market, 0, E18, 0, FOREVER)
    with refused("ExpectedPause"):
        stage.do(owner, "unpause")


def test_pausing_never_stops_leaving(stage, market, owner, alice, bob):
    """Sell, take liquidity and fees, get a result, claim; all the way to an empty market."""
    stage.do(alice, "buy", market, 0, 10 * E18, 0, FOREVER)
    stage.do(bob, "addLiquidity", market, 10 * E18, 0, [0, 0])
    stage.do(alice, "buy", market, 1, 10 * E18, 0, FOREVER)

    stage.do(owner, "pause")

    stage.do(alice, "sell", market, 0, E18, UNLIMITED, FOREVER)
    stage.do(bob, "removeLiquidity", market, 0, [0, 0])
    stage.do(bob, "removeLiquidity", market, 10**18, [0, 0])
    stage.finish(market, 0)
    for person, lp in [(bob, stage.read("lpOf", market, bob)[0]), (owner, 100 * E18 - LOCKED_LP)]:
        stage.do(person, "removeLiquidity", market, lp, [0, 0])
    for person in (owner, alice, bob):
        stage.do(person, "claim", market, person)
    assert stage.market(market).backing <= 2 * LOCKED_LP
