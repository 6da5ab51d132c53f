"""What the projected rows must be, by the fake chain's own bookkeeping."""

from collections import defaultdict
from fractions import Fraction

from django.apps import apps

from chain.tests import rescan
from chain.tests.fake_chain import Block
from markets.models import OddsUpdate
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
from trading.tests import plain_accounts
from trading.tests.plain_accounts import ONE

# Of which events each list has a row.
TOLD = {
    Trade: {"SharesBought", "SharesSold"},
    Liquidity: {"LiquidityAdded", "LiquidityRemoved"},
    Proposal: {"ResultProposed"},
    Resolution: {"ResultFinalized"},
    Claim: {"WinningsClaimed"},
}


def everything() -> dict[str, list[tuple]]:
    """Every row of trading, and what markets say, but for numbers that mean nothing."""
    rows = {
        model.__name__: sorted(
            model.objects.values_list(
                *(
                    field.attname
                    for field in model._meta.concrete_fields
                    # A pause says one of its logs' reasons.
                    if field.name not in {"id", "reason"}
                )
            ),
            key=str,
        )
        for model in apps.get_app_config("trading").get_models()
    }
    rows["updates"] = list(
        OddsUpdate.objects.order_by("market", "seq").values_list(
            "market", "seq", "outcome_prices", "status", "reason"
        )
    )
    return rows


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
    _priced(pools)
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


def _priced(pools: dict[int, Pool]) -> None:
    """Markets have the prices that the reserves make, or what shares pay."""
    payouts = dict(Resolution.objects.values_list("pool__number", "numerators"))
    for number, pool in pools.items():
        update = OddsUpdate.objects.filter(market=pool.market_id).order_by("-seq").first()
        said = update.outcome_prices if update else None
        if payout := payouts.get(number):
            expected = [Fraction(numerator, sum(payout)) for numerator in payout]
        else:
            expected = plain_accounts.prices(pool.reserves)
        assert said == (expected and [int(price * ONE) for price in expected]), number
