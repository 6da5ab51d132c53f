"""What `markets` announces, always after commit. Listeners must not write to markets."""

from django.dispatch import Signal

# Each change of what clients see of prices, status or start.
odds_changed = Signal()  # updates: tuple[OddsUpdate, ...], each with its market loaded

# A market's life. A draft that opens is created now; the event of its making was for operators.
market_changed = Signal()  # market: Market, event: "created" | "updated" | "closed" | "resolved"
