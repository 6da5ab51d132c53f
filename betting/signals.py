"""What `betting` announces, always after commit. Listeners must not write to betting."""

from django.dispatch import Signal

order_placed = Signal()  # order: Order
market_settled = Signal()  # market: Market, settlement: Settlement
balance_changed = Signal()  # user_ids: Collection[int]
