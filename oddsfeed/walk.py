"""How a demo's odds move: small steps of what the market thinks, under a steady margin. Pure."""

from dataclasses import replace
from random import Random

from markets.odds import HUNDREDTHS_MAX, HUNDREDTHS_MIN, Group, Odds, Prices, odds_of, overround

# One step of a probability, relative to it: a standard deviation, and never more than the maximum,
# so that no step is one which a trader would have to confirm.
STEP = 0.015
STEP_MAX = 0.06
# Towards these, a tenth of the way with each step.
MARGIN = 0.05
PROBABILITY_MIN = 0.15
RETURN = 0.1


def step(prices: Prices, dice: Random) -> dict[str, Group | None]:
    """Return one group's next prices, as `set_odds` takes them; {} where nothing is on offer."""
    groups = prices.groups()
    if not groups:
        return {}
    name = dice.choice(sorted(groups))
    return {name: moved(groups[name], dice)}


def moved(group: Group, dice: Random) -> Group:
    """Move a group's prices a little. Lines and ways stay, and the overround isn't negative."""
    sides = odds_of(group)
    implied = [100 / odds.hundredths for odds in sides.values()]
    margin = sum(implied) - 1
    margin += (MARGIN - margin) * RETURN
    shares = [_stepped(share / sum(implied), dice) for share in implied]
    prices = [round(100 * sum(shares) / (share * (1 + margin))) for share in shares]
    new = {
        side: Odds(min(max(price, HUNDREDTHS_MIN), HUNDREDTHS_MAX))
        for side, price in zip(sides, prices, strict=True)
    }
    # The sides are the group's own; which of the three it is doesn't matter.
    after: Group = replace(group, **new)  # type: ignore[arg-type]
    return after if overround(after) >= 0 else group


def _stepped(share: float, dice: Random) -> float:
    by = min(max(dice.gauss(0, STEP), -STEP_MAX), STEP_MAX)
    # Prices that everybody takes for certain are no show: they come back.
    pull = max(PROBABILITY_MIN - share, 0.0) * RETURN
    return share * (1 + by) + min(pull, share * STEP_MAX)
