"""Reads of pools: who holds what and what it is worth, what happened, and what is final of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Exists, OuterRef, QuerySet, Sum

from chain.models import Cursor, RawLog
from trading import worth
from trading.accounts import Account, Lot, Stake
from trading.candles import INTERVALS
from trading.models import (
    Candle,
    Claim,
    Happening,
    Holding,
    Liquidity,
    LpHolding,
    Pool,
    Position,
    Proposal,
    Resolution,
    Trade,
)
from trading.worth import State

Finality = RawLog.Finality

_NO_STAKE = Stake()
# Whose rows these are, by the histories that make a position.
_ACTORS: tuple[tuple[type[Happening], str], ...] = (
    (Trade, "trader"),
    (Liquidity, "provider"),
    (Claim, "claimant"),
)


@dataclass(frozen=True, slots=True)
class Finals:
    """Up to which block each contract's rows are final."""

    blocks: dict[str, int | None]

    def of(self, contract: str, block: int) -> Finality:
        """Return how sure a row of this block is. What is pending has no row yet."""
        final = self.blocks.get(contract)
        is_final = final is not None and block <= final
        return Finality.FINAL if is_final else Finality.CONFIRMED


@dataclass(frozen=True, slots=True)
class Outlook:
    """Somebody's position in a pool, and what it is worth at this moment."""

    pool: Pool
    account: Account
    shares: list[worth.Shares]
    liquidity: worth.Liquidity
    claimable: int
    # Of the last claim; None: nothing was claimed.
    claim_tx_hash: str | None
    # None: there is nothing that could be.
    finality: Finality | None

    @property
    def cost(self) -> int:
        """What everything held has cost."""
        return sum(each.cost for each in self.shares) + self.liquidity.cost

    @property
    def value(self) -> int:
        """What it is worth, fees that are due included."""
        held = sum(each.value for each in self.shares)
        return held + self.liquidity.value + self.liquidity.fees_due


@dataclass(slots=True)
class Totals:
    """Sums over somebody's positions in one collateral."""

    collateral: str
    market_count: int = 0
    open_count: int = 0
    cost: int = 0
    value: int = 0
    claimable: int = 0
    fees_earned: int = 0
    account: Account = field(default_factory=Account)


def finals(using: str = DEFAULT_DB_ALIAS) -> Finals:
    """Return what is final on the chain that is followed."""
    cursors = Cursor.objects.using(using).filter(chain_id=settings.CHAIN_ID)
    return Finals(dict(cursors.values_list("contract", "finalized_block")))


def positions_of(address: str) -> QuerySet[Position]:
    """Return all positions that somebody ever had, the newest pool first."""
    return Position.objects.filter(owner=address).select_related("pool__market").order_by("-pool")


def held(positions: QuerySet[Position], *, is_held: bool) -> QuerySet[Position]:
    """Keep the positions in which something is held now, or those in which nothing is."""
    mine = {"pool": OuterRef("pool"), "owner": OuterRef("owner")}
    holds = Exists(Holding.objects.filter(**mine)) | Exists(LpHolding.objects.filter(**mine))
    return positions.filter(holds if is_held else ~holds)


def outlooks(positions: Sequence[Position]) -> list[Outlook]:
    """Return what one person's positions are worth. As many queries for many as for one."""
    if not positions:
        return []
    (owner,) = {position.owner for position in positions}
    pools = {position.pool_id for position in positions}
    lots: dict[int, list[tuple[int, Lot]]] = defaultdict(list)
    held = Holding.objects.filter(owner=owner, pool__in=pools).order_by("pool", "outcome")
    for pool, outcome, *lot in held.values_list("pool_id", "outcome", "shares", "cost"):
        lots[pool].append((outcome, Lot(*lot)))
    provided = LpHolding.objects.filter(owner=owner, pool__in=pools)
    stakes = {
        pool: Stake(lp, cost, tuple(given), fee_per_lp)
        for pool, lp, cost, given, fee_per_lp in provided.values_list(
            "pool_id", "amount", "cost", "given", "fee_per_lp"
        )
    }
    payouts = dict(Resolution.objects.filter(pool__in=pools).values_list("pool_id", "numerators"))
    claims = dict(
        Claim.objects.filter(claimant=owner, pool__in=pools)
        .order_by("block_number", "log_index")
        .values_list("pool_id", "log__transaction_hash")
    )
    final = finals()
    unsure = _unsure(owner, final)
    return [
        _outlook(
            position,
            lots[position.pool_id],
            stakes.get(position.pool_id, _NO_STAKE),
            state_of(position.pool, payouts.get(position.pool_id)),
            claim_tx_hash=claims.get(position.pool_id),
            is_final=position.pool_id not in unsure
            and final.blocks.get(position.pool.contract) is not None,
        )
        for position in positions
    ]


def outlook(pool: Pool, address: str) -> Outlook:
    """Return somebody's position in a pool; one of nothing, where they never had any."""
    found = Position.objects.filter(owner=address, pool=pool).first()
    if found is not None:
        found.pool = pool
        return outlooks([found])[0]
    state, nobody = state_of(pool, None), Account()
    liquidity = worth.of_liquidity(_NO_STAKE, nobody, state)
    return Outlook(pool, nobody, [], liquidity, 0, None, None)


def totals(address: str) -> list[Totals]:
    """Return sums over all that somebody did, for each collateral."""
    found: dict[str, Totals] = {}
    for each in outlooks(list(positions_of(address))):
        token = each.pool.collateral
        sums = found.setdefault(token, Totals(token))
        sums.market_count += 1
        sums.open_count += bool(each.shares or each.liquidity.lp)
        sums.cost += each.cost
        sums.value += each.value
        sums.claimable += each.claimable
        sums.fees_earned += each.liquidity.fees_earned
        sums.account = sums.account.moved(each.account, 1)
    return [found[token] for token in sorted(found)]


def trade_count(address: str, pool: Pool | None = None) -> int:
    """Return how many trades somebody made, without counting them."""
    positions = Position.objects.filter(owner=address)
    if pool is not None:
        positions = positions.filter(pool=pool)
    return positions.aggregate(total=Sum("trade_count"))["total"] or 0


def candles(
    pool: Pool,
    interval: str,
    *,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    using: str = DEFAULT_DB_ALIAS,
) -> tuple[list[Candle], bool]:
    """Return the newest candles that begin in a time, oldest first, and whether it has older ones.

    `until` itself is not in it, so that the first that was given leads on.
    """
    found = Candle.objects.using(using).filter(pool=pool, seconds=INTERVALS[interval])
    if since is not None:
        found = found.filter(begins__gte=since.timestamp())
    if until is not None:
        found = found.filter(begins__lt=until.timestamp())
    newest = list(found.order_by("-begins")[: limit + 1])
    return newest[:limit][::-1], len(newest) > limit


def turnover(pool: Pool, *, since: datetime) -> int:
    """Return what trades turned over in the hours from the one that a moment is in."""
    begins = int(since.timestamp()) // 3600 * 3600
    hours = Candle.objects.filter(pool=pool, seconds=3600, begins__gte=begins)
    return sum(sum(volumes) for volumes in hours.values_list("volumes", flat=True))


def last_proposal(pool: Pool) -> Proposal | None:
    """Return the result that was proposed last."""
    found = Proposal.objects.filter(pool=pool).select_related("log")
    return found.order_by("-block_number", "-log_index").first()


def state_of(pool: Pool, payout: Sequence[int] | None) -> State:
    """Return a pool as what is in it is worth."""
    return State(pool.reserves, pool.lp_supply, pool.fee_per_lp, payout or ())


def _unsure(owner: str, final: Finals) -> Collection[int]:
    """Return the pools in which somebody did something after the final block."""
    unsure: set[int] = set()
    for contract, block in final.blocks.items():
        if block is None:
            continue
        newer = {"pool__contract": contract, "block_number__gt": block}
        for model, name in _ACTORS:
            rows = model._default_manager.filter(**{name: owner}, **newer)  # noqa: SLF001 (Django's word)
            unsure.update(rows.values_list("pool_id", flat=True))
    return unsure


def _outlook(
    position: Position,
    lots: list[tuple[int, Lot]],
    stake: Stake,
    state: State,
    *,
    claim_tx_hash: str | None,
    is_final: bool,
) -> Outlook:
    account = Account(*(getattr(position, name) for name in Account._fields))
    return Outlook(
        pool=position.pool,
        account=account,
        shares=[worth.of_shares(outcome, lot, state) for outcome, lot in lots],
        liquidity=worth.of_liquidity(stake, account, state),
        claimable=worth.claimable(lots, state),
        claim_tx_hash=claim_tx_hash,
        finality=Finality.FINAL if is_final else Finality.CONFIRMED,
    )
