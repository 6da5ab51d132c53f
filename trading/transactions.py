"""What a wallet is asked to sign: calls of the contract with their bounds, tried (trading.trying)
before they are handed out. Nobody's key is here.
"""

from dataclasses import dataclass
from datetime import datetime

from trading import desk, errors, maker, quotes
from trading.maker import Provision
from trading.models import Pool
from trading.quotes import Side
from trading.trying import Plan, Prepared, Scene, prepared

# For how long a trade may wait for its block, where nobody says.
DEADLINE_SECONDS = 1200


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a price may move until the call is mined."""

    slippage_bps: int
    # What the wallet's owner says instead: shares, LP, and shares of each outcome.
    shares: int | None = None
    lp: int | None = None
    each: tuple[int, ...] | None = None


def trade(
    *,
    owner: str,
    pool: Pool,
    outcome: int,
    side: Side,
    amount: int | None,
    shares: int | None,
    bounds: Bounds,
    deadline: datetime | None,
    now: datetime,
) -> Prepared:
    """Prepare a buy or a sale, by its collateral or by the shares to sell.

    Raises:
        TradingPaused: it is a buy, and what we have of the market may be wrong.
        CallRefused: as its subclasses say.
        InsufficientCollateral: the wallet holds too little of it.
        NodesAway: nobody could try it.
    """
    if side == Side.BUY:
        desk.check_entry(pool)

    def plan(scene: Scene) -> Plan:
        quote = desk.quoted(
            scene.standing, side=side, outcome=outcome, amount=amount, shares=shares
        )
        bound = (
            desk.bound_of(quote, bounds.slippage_bps) if bounds.shares is None else bounds.shares
        )
        until = _deadline(scene, deadline, now)
        return Plan(
            function=side,
            args=(outcome, quote.deal.collateral, bound, until),
            bounds={"minShares" if side == Side.BUY else "maxShares": bound},
            spends=quote.deal.collateral if side == Side.BUY else 0,
            quote=quote,
            deadline=until,
        )

    return prepared(owner=owner, pool=pool, function=side, plan=plan, now=now)


def add_liquidity(
    *, owner: str, pool: Pool, amount: int, bounds: Bounds, now: datetime
) -> Prepared:
    """Prepare to provide so much collateral. The bounds of LP and shares together pin the prices.

    Raises:
        as `trade` of a buy.
    """
    desk.check_entry(pool)

    def plan(scene: Scene) -> Plan:
        given = quotes.add(scene.standing, amount)
        least = _least(given, bounds)
        lp = (
            max(1, maker.at_least(given.lp, bounds.slippage_bps))
            if bounds.lp is None
            else bounds.lp
        )
        return Plan(
            function="addLiquidity",
            args=(amount, lp, least),
            bounds={"minLp": lp, "minShares": least},
            spends=amount,
            provision=given,
        )

    return prepared(owner=owner, pool=pool, function="addLiquidity", plan=plan, now=now)


def remove_liquidity(*, owner: str, pool: Pool, lp: int, bounds: Bounds, now: datetime) -> Prepared:
    """Prepare to take liquidity back, with the fees that it earned; with 0 only those.

    Raises:
        CallRefused, NodesAway: as `trade`.
    """

    def plan(scene: Scene) -> Plan:
        taken = quotes.remove(scene.standing, lp)
        least = _least(taken, bounds)
        return Plan(
            function="removeLiquidity",
            args=(lp, least),
            bounds={"minShares": least},
            provision=taken,
        )

    return prepared(owner=owner, pool=pool, function="removeLiquidity", plan=plan, now=now)


def claim(*, owner: str, pool: Pool, recipient: str, now: datetime) -> Prepared:
    """Prepare to turn all shares of a finished market into what they pay.

    Raises:
        CallRefused, NodesAway: as `trade`.
    """

    def plan(scene: Scene) -> Plan:
        return Plan(function="claim", args=(recipient,), bounds={})

    return prepared(owner=owner, pool=pool, function="claim", plan=plan, now=now)


def _least(provision: Provision, bounds: Bounds) -> tuple[int, ...]:
    if bounds.each is not None:
        if len(bounds.each) != len(provision.shares):
            raise errors.WrongLength(minShares=len(bounds.each), outcomes=len(provision.shares))
        return bounds.each
    return tuple(maker.at_least(each, bounds.slippage_bps) for each in provision.shares)


def _deadline(scene: Scene, wanted: datetime | None, now: datetime) -> int:
    """Return until when a trade may be mined, in seconds by the chain's clock."""
    if wanted is not None:
        return int(wanted.timestamp())
    return max(int(now.timestamp()), scene.seconds) + DEADLINE_SECONDS
