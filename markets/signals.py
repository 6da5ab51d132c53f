"""What `markets` announces, always after commit. Listeners must not write to markets."""

from django.dispatch import Signal

# Each change of what clients see of prices, status or start.
odds_changed = Signal()  # updates: tuple[OddsUpdate, ...], each with its market loaded

# A market's life.
market_changed = Signal()  # market: Market, event: "created" | "updated" | "closed" | "resolved"
