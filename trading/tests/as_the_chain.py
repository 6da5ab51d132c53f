"""What the projected rows must be, by the fake chain's own bookkeeping."""

from collections import defaultdict

from chain.tests import rescan
from chain.tests.fake_chain import Block
from trading.models import (
    Claim,
    Holding,
    Liquidity,
    LpHolding,
    Pool,
    Proposal,
    Resolution,
    Trade,
)

# Of which events each list has a row.
TOLD = {
    Trade: {"SharesBought", "SharesSold"},
    Liquidity: {"LiquidityAdded", "LiquidityRemoved"},
    Proposal: {"ResultProposed"},
    Resolution: {"ResultFinalized"},
    Claim: {"WinningsClaimed"},
}


def verdict(head: Block) -> None:
    """Hold every row against what the contract knows at the end of this block."""
    markets = head.world.markets
    pools = {pool.number: pool for pool in Pool.objects.all()}
    assert {number: tuple(pool.reserves) for number, pool in pools.items()} == {
        number: market.pools for number, market in markets.items()
    }
    assert {number: pool.lp_supply for number, pool in pools.items()} == {
        number: market.lp_supply for number, market in markets.items()
    }
    shares = {
        (each.pool.number, each.owner, each.outcome): each.shares
        for each in Holding.objects.select_related("pool")
    }
    assert shares == {(n, *key): each for n, m in markets.items() for key, each in m.shares.items()}
    liquidity = {
        (each.pool.number, each.owner): each.amount
        for each in LpHolding.objects.select_related("pool")
    }
    assert liquidity == {(n, who): a for n, m in markets.items() for who, a in m.liquidity.items()}
    _solvent(pools, shares)
    kinds = [kind for *_, kind, _ in rescan.events(head)]
    for model, of in TOLD.items():
        assert model.objects.count() == sum(kind in of for kind in kinds), model


def _solvent(pools: dict[int, Pool], shares: dict[tuple[int, str, int], int]) -> None:
    """Without a result, each outcome's shares, those in the pool too, are backed one by one."""
    held: dict[tuple[int, int], int] = defaultdict(int)
    for (number, _, outcome), amount in shares.items():
        held[number, outcome] += amount
    for number, pool in pools.items():
        if pool.status in {Pool.Status.OPEN, Pool.Status.PROPOSED}:
            for outcome, reserve in enumerate(pool.reserves):
                assert reserve + held[number, outcome] == pool.backing, (number, outcome)
