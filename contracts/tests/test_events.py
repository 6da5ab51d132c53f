"""The eight events: their fields, what is indexed, and one sequence over all of them."""

import pytest

from chain.artifacts import artifact
from contracts.tests.stage import E18, FOREVER, LOCKED_LP, NOBODY

pytestmark = pytest.mark.needs("node")

# `*`: indexed.
FIELDS = {
    "MarketCreated": "marketId* creator* collateral* seq outcomeCount closesAt resolveBy"
    " disputeWindow feeWad questionHash",
    "SharesBought": "marketId* trader* outcome* seq collateralIn fee sharesOut poolsAfter",
    "SharesSold": "marketId* trader* outcome* seq collateralOut fee sharesIn poolsAfter",
    "LiquidityAdded": "marketId* provider* seq collateralIn lpMinted sharesReturned poolsAfter",
    "LiquidityRemoved": "marketId* provider* seq lpBurned feesPaid sharesOut poolsAfter",
    "ResultProposed": "marketId* proposer* outcome* seq round disputableUntil evidenceHash",
    "ResultFinalized": "marketId* outcome* seq voided payoutNumerators payoutDenominator",
    "WinningsClaimed": "marketId* claimant* recipient* seq sharesBurned payout",
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_and_what_is_indexed(name):
    (event,) = [one for one in artifact("OddsMarket").abi if one.get("name") == name]
    found = [field["name"] + "*" * field["indexed"] for field in event["inputs"]]
    assert found == FIELDS[name].split()


def test_seq_counts_every_event_of_every_market(stage, owner, alice):
    """A missing one shows."""
    done = [stage.create(owner), stage.create(owner, weights=[1, 2, 3])]
    done.append(stage.do(alice, "buy", 1, 0, E18, 0, FOREVER))
    done.append(stage.do(alice, "addLiquidity", 2, E18, 0, [0, 0, 0]))
    done.append(stage.do(alice, "sell", 1, 0, E18 // 2, FOREVER, FOREVER))
    done.append(stage.do(alice, "removeLiquidity", 2, 1, [0, 0, 0]))
    end = stage.market(1).closesAt
    done.append(stage.do(owner, "proposeResult", 1, 0, bytes(32), at=end))
    done.append(stage.do(owner, "challengeResult", 1, 1, bytes(32)))
    done.append(stage.do(owner, "challengeResult", 1, 0, bytes(32), at=end + 5))
    done.append(stage.do(owner, "finalizeResult", 1, at=end + 605))
    done.append(stage.do(owner, "voidMarket", 2))
    done.append(stage.do(alice, "claim", 1, alice))

    events = [event for one in done for event in one.events]

    assert [fields["seq"] for _, fields in events] == list(range(1, len(events) + 1))
    assert {name for name, _ in events} == set(FIELDS)
    assert stage.read("seq") == len(events)
    assert stage.read("marketCount") == 2


def test_a_new_market_tells_its_terms_its_liquidity_and_what_is_locked(stage, owner):
    now = stage.now
    terms = {"closesAt": now + 100, "resolveBy": now + 200, "disputeWindow": 60, "feeWad": 7}

    done = stage.create(owner, funding=4000, weights=[1, 4, 2], questionHash=b"q" * 32, **terms)

    market = {"marketId": 1}
    assert done.events == [
        (
            "MarketCreated",
            market
            | {"creator": owner, "collateral": stage.token.address, "seq": 1, "outcomeCount": 3}
            | terms
            | {"questionHash": b"q" * 32},
        ),
        (
            "LiquidityAdded",
            market
            | {"provider": owner, "seq": 2, "collateralIn": 4000, "lpMinted": 3000}
            | {"sharesReturned": [3000, 0, 2000], "poolsAfter": [1000, 4000, 2000]},
        ),
        (
            "LiquidityAdded",
            market
            | {"provider": NOBODY, "seq": 3, "collateralIn": 0, "lpMinted": LOCKED_LP}
            | {"sharesReturned": [0, 0, 0], "poolsAfter": [1000, 4000, 2000]},
        ),
    ]
