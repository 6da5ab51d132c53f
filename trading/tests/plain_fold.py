"""The projection once more, without a database or a care for speed: what it must come to.

One event after the other, everything in dictionaries by name. An event that makes some number
impossible is left out, and named.
"""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field

from trading.tests.plain_accounts import ONE, Accounts, prices

UINT256_MAX = 2**256 - 1
BIGINT_MAX = 2**63 - 1


class Impossible(Exception):
    pass


@dataclass
class Rows:
    """Each table as a set of tuples, and the logs that were left out."""

    pools: dict = field(default_factory=dict)
    holdings: Counter = field(default_factory=Counter)
    lp: Counter = field(default_factory=Counter)
    trades: list = field(default_factory=list)
    liquidity: list = field(default_factory=list)
    proposals: list = field(default_factory=list)
    resolutions: list = field(default_factory=list)
    claims: list = field(default_factory=list)
    accounts: Accounts = field(default_factory=Accounts)
    refused: list = field(default_factory=list)


def fold(events):
    """Return what these events, oldest first, come to."""
    rows = Rows()
    for placed in events:
        tried = deepcopy(rows)
        try:
            _one(tried, placed)
            _possible(tried)
        except Impossible:
            rows.refused.append(placed.log.id)
        else:
            rows = tried
    rows.holdings = +rows.holdings
    rows.lp = +rows.lp
    return rows


def _one(rows, placed):
    event, log = placed
    name = type(event).__name__
    market = event.market_id
    if name == "MarketCreated":
        numbers = (event.seq, event.closes_at, event.resolve_by, event.dispute_window)
        if market in rows.pools or not 2 <= event.outcome_count <= 8:
            raise Impossible
        if max(numbers) > BIGINT_MAX or event.fee_wad >= 10**18:
            raise Impossible
        rows.pools[market] = {
            "log": log.id,
            "created": event,
            "reserves": [0] * event.outcome_count,
            "lp_supply": 0,
            "backing": 0,
            "fees": 0,
            "status": "open",
        }
        return
    if market not in rows.pools or event.seq > BIGINT_MAX:
        raise Impossible
    pool = rows.pools[market]
    where = (log.id, pool["log"], event.seq, log.block_number, log.log_index, log.block_time)
    _FOLDS[name](rows, pool, placed, where)


def _fits(pool, *, outcome=0, arrays=()):
    count = len(pool["reserves"])
    if outcome >= count or any(len(array) != count for array in arrays):
        raise Impossible


def _bought(rows, pool, placed, where):
    event = placed.event
    _fits(pool, outcome=event.outcome, arrays=[event.pools_after])
    rows.accounts.traded(rows, placed, pool["lp_supply"])
    rows.holdings[event.market_id, event.trader, event.outcome] += event.shares_out
    pool["backing"] += event.collateral_in - event.fee
    pool["fees"] += event.fee
    pool["reserves"] = list(event.pools_after)
    paid = (event.collateral_in, event.fee, event.shares_out)
    rows.trades.append((*where, event.trader, "buy", event.outcome, *paid, *_left(rows, event)))


def _sold(rows, pool, placed, where):
    event = placed.event
    _fits(pool, outcome=event.outcome, arrays=[event.pools_after])
    rows.accounts.traded(rows, placed, pool["lp_supply"])
    rows.holdings[event.market_id, event.trader, event.outcome] -= event.shares_in
    pool["backing"] -= event.collateral_out + event.fee
    pool["fees"] += event.fee
    pool["reserves"] = list(event.pools_after)
    paid = (event.collateral_out, event.fee, event.shares_in)
    rows.trades.append((*where, event.trader, "sell", event.outcome, *paid, *_left(rows, event)))


def _added(rows, pool, placed, where):
    event = placed.event
    _fits(pool, arrays=[event.shares_returned, event.pools_after])
    rows.accounts.provided(rows, event)
    for outcome, shares in enumerate(event.shares_returned):
        rows.holdings[event.market_id, event.provider, outcome] += shares
    rows.lp[event.market_id, event.provider] += event.lp_minted
    pool["lp_supply"] += event.lp_minted
    pool["backing"] += event.collateral_in
    pool["reserves"] = list(event.pools_after)
    moved = (event.collateral_in, 0, event.lp_minted, event.shares_returned, event.pools_after)
    rows.liquidity.append((*where, event.provider, "add", *moved, *rows.accounts.kept))


def _removed(rows, pool, placed, where):
    event = placed.event
    _fits(pool, arrays=[event.shares_out, event.pools_after])
    rows.accounts.provided(rows, event)
    for outcome, shares in enumerate(event.shares_out):
        rows.holdings[event.market_id, event.provider, outcome] += shares
    rows.lp[event.market_id, event.provider] -= event.lp_burned
    pool["lp_supply"] -= event.lp_burned
    pool["fees"] -= event.fees_paid
    pool["reserves"] = list(event.pools_after)
    moved = (0, event.fees_paid, event.lp_burned, event.shares_out, event.pools_after)
    rows.liquidity.append((*where, event.provider, "remove", *moved, *rows.accounts.kept))


def _proposed(rows, pool, placed, where):
    event = placed.event
    _fits(pool, outcome=event.outcome)
    if max(event.round, event.disputable_until) > BIGINT_MAX:
        raise Impossible
    if pool["status"] == "open":
        pool["status"] = "proposed"
    said = (event.outcome, event.round, event.disputable_until, event.evidence_hash)
    rows.proposals.append((*where, event.proposer, *said))


def _finalized(rows, pool, placed, where):
    event = placed.event
    _fits(pool, outcome=0 if event.voided else event.outcome, arrays=[event.payout_numerators])
    if pool["status"] in {"resolved", "voided"}:
        raise Impossible
    if not event.payout_denominator or sum(event.payout_numerators) != event.payout_denominator:
        raise Impossible
    pool["status"] = "voided" if event.voided else "resolved"
    rows.accounts.payouts[event.market_id] = event.payout_numerators
    outcome = None if event.voided else event.outcome
    rows.resolutions.append((*where, outcome, event.payout_numerators, event.payout_denominator))


def _claimed(rows, pool, placed, where):
    event = placed.event
    _fits(pool, arrays=[event.shares_burned])
    rows.accounts.claimed(rows, event)
    for outcome, shares in enumerate(event.shares_burned):
        rows.holdings[event.market_id, event.claimant, outcome] -= shares
    pool["backing"] -= event.payout
    said = (event.claimant, event.recipient, event.shares_burned, event.payout)
    rows.claims.append((*where, *said, *rows.accounts.kept))


def _left(rows, event):
    """What a trade's row says beside its amounts: reserves, prices, cost."""
    after = prices(event.pools_after)
    whole = None if after is None else [int(price * ONE) for price in after]
    return (event.pools_after, whole, *rows.accounts.kept)


_FOLDS = {
    "SharesBought": _bought,
    "SharesSold": _sold,
    "LiquidityAdded": _added,
    "LiquidityRemoved": _removed,
    "ResultProposed": _proposed,
    "ResultFinalized": _finalized,
    "WinningsClaimed": _claimed,
}


def _possible(rows):
    sums = [pool[name] for pool in rows.pools.values() for name in ("lp_supply", "backing", "fees")]
    amounts = [*sums, *rows.holdings.values(), *rows.lp.values(), *rows.accounts.amounts()]
    if any(not 0 <= amount <= UINT256_MAX for amount in amounts):
        raise Impossible
