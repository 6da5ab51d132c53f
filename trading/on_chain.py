"""Pools and holdings against the contract's own account of them. A part of every comparison.

The tables are ahead of the final block that is compared: what came after it is taken off again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet, Sum

from chain import store
from chain.checks import Difference, Kind, Moment, Part
from chain.events import Event
from trading import accounts, tables
from trading.accounts import Stake
from trading.book import Effect, effect_of
from trading.models import Holding, Liquidity, LpHolding, Pool, Position, Trade
from trading.reconciling import events

if TYPE_CHECKING:
    # It asks nodes, and without a chain nothing that does is imported.
    from chain.views import View

# Where there are more, chance decides which are looked at this time.
POOLS_MAX = 500
HOLDERS_MAX = 200

# The contract's words for ours.
_THEIRS = {
    "creator": "creator",
    "collateral": "collateral",
    "outcome_count": "outcomeCount",
    "closes_at": "closesAt",
    "resolve_by": "resolveBy",
    "dispute_window": "disputeWindow",
    "fee_wad": "feeWad",
    "question_hash": "questionHash",
    "lp_supply": "lpSupply",
    "backing": "backing",
    "fees": "fees",
    "reserves": "pools",
    "status": "status",
}
_STATUS = {1: "open", 2: "proposed", 3: "resolved", 4: "voided"}
_AMOUNTS = {"lp_supply", "backing", "fees", "reserves"}

Holder = tuple[int, str]  # a pool's number and an owner


def pools(moment: Moment) -> Part:
    """Are the pools what the contract says, and is the money there?"""
    later = _later(moment)
    ours = _states(moment, _chosen(moment, later), later)
    pool_count = _pools(moment).count()
    owed = _owed(moment, later)

    def compare(view: "View") -> Iterator[Difference]:
        yield from _markets(view, ours, pool_count)
        tokens = sorted(owed)
        for token, held in zip(tokens, view.balances(tokens), strict=True):
            if held is None or held < owed[token]:
                evidence = {"token": token}
                subject = f"collateral {token}"
                yield Difference(Kind.SOLVENCY, subject, held, owed[token], evidence=evidence)

    return Part({"pools": len(ours)}, compare)


def holders(moment: Moment) -> Part:
    """Do people hold what the contract says?"""
    later = _later(moment)
    chosen = _chosen(moment, later)
    whose = _some_holders(moment, chosen)
    shares, lp = _held(chosen, whose, later)
    dues = _dues(chosen, whose, later)

    def compare(view: "View") -> Iterator[Difference]:
        for (number, owner), told in _told(view, "sharesOf", whose):
            for outcome, (theirs, our) in enumerate(zip_longest(told, shares[number, owner])):
                if theirs != our:
                    what = f"shares of outcome {outcome}"
                    yield _held_otherwise(what, number, owner, theirs, our)
        for (number, owner), (theirs, due) in _told(view, "lpOf", whose):
            if theirs != (our := lp[number, owner]):
                yield _held_otherwise("LP", number, owner, theirs, our)
            if due != (our := dues.get((number, owner), due)):
                yield _held_otherwise("fees due to LP", number, owner, due, our)

    return Part({"holders": len(whose)}, compare)


def _markets(view: "View", ours: Mapping[int, dict[str, Any]], count: int) -> Iterator[Difference]:
    """Compare pools with markets. A contract that tells them otherwise than ours is not asked."""
    if view.functions.has("marketCount"):
        (told,) = view.ask([("marketCount", [])])
        if told != count:
            yield Difference(Kind.STATE_MISMATCH, "number of pools", told, count)
    if not view.functions.members("getMarket") >= set(_THEIRS.values()):
        return
    numbers = sorted(ours)
    answers = view.ask([("getMarket", [number]) for number in numbers])
    for number, state in zip(numbers, answers, strict=True):
        if state is None:
            yield Difference(Kind.STATE_MISMATCH, f"pool {number}", "none", "a pool", number)
        else:
            yield from _market(number, ours[number], state)


def _market(number: int, ours: dict[str, Any], state: dict[str, Any]) -> Iterator[Difference]:
    for name, our in ours.items():
        theirs = state[_THEIRS[name]]
        if name == "status":
            theirs = _STATUS.get(theirs, theirs)
        if theirs != our:
            kind = Kind.AMOUNT_MISMATCH if name in _AMOUNTS else Kind.STATE_MISMATCH
            yield Difference(kind, f"{name} of pool {number}", theirs, our, number)


def _pools(moment: Moment) -> QuerySet[Pool]:
    """Return the pools that there were at the block."""
    return Pool.objects.filter(contract=moment.cursor.contract, log__block_number__lte=moment.block)


def _later(moment: Moment) -> dict[int, list[Event]]:
    """Return what happened after the block, by the markets' numbers."""
    later: dict[int, list[Event]] = defaultdict(list)
    for placed in events(moment, store.canonical(moment.cursor, after=moment.block)):
        later[placed.event.market_id].append(placed.event)
    return later


def _chosen(moment: Moment, later: Mapping[int, Any]) -> list[Pool]:
    """Return the pools to look at: all, or the suspicious and some others."""
    every = _pools(moment)
    if every.count() <= POOLS_MAX:
        return list(every.order_by("pk"))
    suspects = {each.market_id for each in moment.suspects if each.market_id is not None}
    numbers = list(every.exclude(number__in=suspects).values_list("number", flat=True))
    numbers = moment.chance.sample(numbers, min(len(numbers), POOLS_MAX))
    return list(every.filter(number__in=[*suspects, *numbers]).order_by("pk"))


def _states(
    moment: Moment, chosen: list[Pool], later: Mapping[int, list[Event]]
) -> dict[int, dict[str, Any]]:
    """Return what we say of each of these pools at the block."""
    changed = [pool.pk for pool in chosen if pool.number in later]
    before = tables.last_said(changed, until=moment.block) if changed else {}
    states = {}
    for pool in chosen:
        state = {name: getattr(pool, name) for name in _THEIRS}
        if pool.pk in before:
            state["reserves"], state["status"] = before[pool.pk]
        for effect in map(effect_of, later.get(pool.number, ())):
            state["lp_supply"] -= effect.lp
            state["backing"] -= effect.backing
            state["fees"] -= effect.fees
        states[pool.number] = state
    return states


def _owed(moment: Moment, later: Mapping[int, list[Event]]) -> dict[str, int]:
    """Return what the pools owe their people at the block, by token."""
    sums = _pools(moment).values("collateral").annotate(backing=Sum("backing"), fees=Sum("fees"))
    owed = {row["collateral"]: int(row["backing"] + row["fees"]) for row in sums}
    tokens = _pools(moment).filter(number__in=later).values_list("number", "collateral")
    for number, token in tokens:
        effects = map(effect_of, later[number])
        owed[token] -= sum(effect.backing + effect.fees for effect in effects)
    return owed


def _some_holders(moment: Moment, chosen: list[Pool]) -> list[Holder]:
    """Return some of those who ever held something in these pools, and the suspicious ones."""
    numbers = {pool.pk: pool.number for pool in chosen}
    ever: set[Holder] = set()
    for model, name in (
        (Holding, "owner"),
        (LpHolding, "owner"),
        (Trade, "trader"),
        (Liquidity, "provider"),
    ):
        found = model.objects.filter(pool__in=numbers).values_list("pool_id", name).distinct()
        ever.update((numbers[pool], owner) for pool, owner in found)
    some = moment.chance.sample(sorted(ever), min(len(ever), HOLDERS_MAX))
    known = set(numbers.values())
    suspects = {
        (each.market_id, str(each.evidence["owner"]))
        for each in moment.suspects
        if each.market_id is not None and each.market_id in known and "owner" in each.evidence
    }
    return sorted(suspects.union(some))


def _held(
    chosen: list[Pool], whose: list[Holder], later: Mapping[int, list[Event]]
) -> tuple[dict[Holder, list[int]], dict[Holder, int]]:
    """Return the shares of each outcome, and the LP, that we say they held at the block."""
    by_number = {pool.number: pool for pool in chosen}
    shares = {holder: [0] * by_number[holder[0]].outcome_count for holder in whose}
    lp = dict.fromkeys(whose, 0)
    wanted = {"pool__in": by_number.values(), "owner__in": {owner for _, owner in whose}}
    held = Holding.objects.filter(**wanted)
    for number, owner, outcome, amount in held.values_list(
        "pool__number", "owner", "outcome", "shares"
    ):
        if (number, owner) in shares:
            shares[number, owner][outcome] = amount
    provided = LpHolding.objects.filter(**wanted)
    for number, owner, amount in provided.values_list("pool__number", "owner", "amount"):
        if (number, owner) in lp:
            lp[number, owner] = amount
    for holder, effect in _effects(whose, later):
        for outcome, amount in effect.shares:
            shares[holder][outcome] -= amount
        lp[holder] -= effect.lp
    return shares, lp


def _dues(
    chosen: list[Pool], whose: list[Holder], later: Mapping[int, list[Event]]
) -> dict[Holder, int]:
    """Return the fees that we say they are due, in pools in which nothing happened since."""
    still = {pool.pk: pool for pool in chosen if pool.number not in later}
    wanted = {"pool__in": still, "owner__in": {owner for _, owner in whose}}
    dues = {
        (still[pool].number, owner): earned - received
        for pool, owner, earned, received in Position.objects.filter(**wanted).values_list(
            "pool_id", "owner", "fees_earned", "fees_received"
        )
    }
    stakes = LpHolding.objects.filter(**wanted)
    for pk, owner, lp, per_lp in stakes.values_list("pool_id", "owner", "amount", "fee_per_lp"):
        pool = still[pk]
        newer = accounts.earned(Stake(lp, fee_per_lp=per_lp), pool.fee_per_lp)
        dues[pool.number, owner] = dues.get((pool.number, owner), 0) + newer
    return dues


def _effects(
    whose: Iterable[Holder], later: Mapping[int, list[Event]]
) -> Iterator[tuple[Holder, Effect]]:
    """Yield what came later to these people."""
    wanted = set(whose)
    for number, found in later.items():
        for effect in map(effect_of, found):
            if (number, effect.owner) in wanted:
                yield (number, effect.owner), effect


def _told(view: "View", function: str, whose: list[Holder]) -> Iterator[tuple[Holder, Any]]:
    """Yield what the contract says of each of these, where it knows such a function, and them."""
    if view.functions.has(function):
        answers = view.ask([(function, holder) for holder in whose])
        yield from ((holder, told) for holder, told in zip(whose, answers, strict=True) if told)


def _held_otherwise(what: str, number: int, owner: str, theirs: Any, our: Any) -> Difference:
    subject = f"{what} of {owner} in pool {number}"
    return Difference(Kind.AMOUNT_MISMATCH, subject, theirs, our, number, {"owner": owner})
