"""What a market and its options take."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from accounts import audit
from accounts.models import User
from markets import errors
from markets.locks import lock_book
from markets.models import Market, Option

LIMITS = ("stake_min", "stake_max", "user_stake_max", "liability_cap")


@transaction.atomic
def set_limits(
    *,
    market_id: int,
    limits: Mapping[str, int | None],
    option_stake_max: Mapping[int, int | None],
    actor: User,
    reason: str,
) -> Market:
    """Set what a market and its options take, in the smallest unit.

    What is absent stays, None lifts the limit. `option_stake_max` is by option number.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        NoSuchOption: the market does not offer an option that is named.
        LimitsContradict: the least stake would exceed the greatest.
    """
    assert set(limits) <= set(LIMITS), limits
    market = lock_book(market_id)
    options = {option.number: option for option in market.options.order_by("number")}
    if unknown := sorted(option_stake_max.keys() - options.keys()):
        raise errors.NoSuchOption(options=unknown)
    before = _limits(market, options.values())
    for name, limit in limits.items():
        setattr(market, name, limit)
    for number, limit in option_stake_max.items():
        options[number].stake_max = limit
    after = _limits(market, options.values())
    bounds = [market.stake_max, *(option.stake_max for option in options.values())]
    greatest = min((bound for bound in bounds if bound is not None), default=None)
    least = market.stake_min
    if least is not None and greatest is not None and least > greatest:
        raise errors.LimitsContradict(stakeMin=str(least), stakeMax=str(greatest))
    if after == before:
        return market
    market.save(update_fields=LIMITS)
    Option.objects.bulk_update(options.values(), ["stake_max"])
    audit.record(
        actor=actor,
        action="market.limits",
        target=market,
        reason=reason,
        before=before,
        after=after,
    )
    return market


def _limits(market: Market, options: Iterable[Option]) -> dict[str, str | None]:
    limits = {name: getattr(market, name) for name in LIMITS}
    limits |= {f"option {option.number}": option.stake_max for option in options}
    return {name: None if limit is None else str(limit) for name, limit in limits.items()}
