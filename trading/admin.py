"""What the chain's events came to, to be looked at."""

from django.contrib import admin

from kmarket.admin import ReadOnly
from trading.models import (
    Candle,
    Claim,
    Holding,
    Liquidity,
    LpHolding,
    Pause,
    Pool,
    Position,
    Proposal,
    Resolution,
    Trade,
)
from trading.submission import Submission


class Listed(ReadOnly, admin.ModelAdmin):
    """A table of the projection: nobody edits what follows from the chain."""

    show_full_result_count = False


class History(Listed):
    list_select_related = ("pool",)
    ordering = ("-block_number", "-log_index")


@admin.register(Pool)
class PoolAdmin(Listed):
    list_display = ("number", "market", "status", "reserves", "backing", "fees", "lp_supply")
    list_select_related = ("market",)
    list_filter = ("status",)
    search_fields = ("=number", "=contract", "=creator")
    ordering = ("-pk",)


@admin.register(Pause)
class PauseAdmin(Listed):
    list_display = ("number", "reason")
    search_fields = ("=number", "=contract")
    ordering = ("number",)


@admin.register(Holding)
class HoldingAdmin(Listed):
    list_display = ("owner", "pool", "outcome", "shares", "cost")
    list_select_related = ("pool",)
    search_fields = ("=owner", "=pool__number")
    ordering = ("-pk",)


@admin.register(LpHolding)
class LpHoldingAdmin(Listed):
    list_display = ("owner", "pool", "amount", "cost")
    list_select_related = ("pool",)
    search_fields = ("=owner", "=pool__number")
    ordering = ("-pk",)


@admin.register(Position)
class PositionAdmin(Listed):
    list_display = ("owner", "pool", "trade_count", "bought", "sold", "claimed", "realized")
    list_select_related = ("pool",)
    search_fields = ("=owner", "=pool__number")
    ordering = ("-pk",)


@admin.register(Candle)
class CandleAdmin(Listed):
    list_display = ("pool", "seconds", "begins", "opens", "highs", "lows", "closes", "volumes")
    list_select_related = ("pool",)
    list_filter = ("seconds",)
    search_fields = ("=pool__number",)
    ordering = ("-pk",)


@admin.register(Trade)
class TradeAdmin(History):
    list_display = ("at", "pool", "trader", "side", "outcome", "collateral", "fee", "shares")
    list_filter = ("side",)
    search_fields = ("=trader", "=pool__number", "=log__transaction_hash")


@admin.register(Liquidity)
class LiquidityAdmin(History):
    list_display = ("at", "pool", "provider", "kind", "collateral", "lp", "fees_paid")
    list_filter = ("kind",)
    search_fields = ("=provider", "=pool__number", "=log__transaction_hash")


@admin.register(Proposal)
class ProposalAdmin(History):
    list_display = ("at", "pool", "proposer", "outcome", "round")
    search_fields = ("=proposer", "=pool__number")


@admin.register(Resolution)
class ResolutionAdmin(History):
    list_display = ("at", "pool", "outcome", "numerators", "denominator")
    search_fields = ("=pool__number",)


@admin.register(Claim)
class ClaimAdmin(History):
    list_display = ("at", "pool", "claimant", "recipient", "payout")
    search_fields = ("=claimant", "=pool__number", "=log__transaction_hash")


@admin.register(Submission)
class SubmissionAdmin(Listed):
    list_display = ("submitted_at", "user", "function", "market", "state", "hash")
    list_filter = ("state",)
    list_select_related = ("user", "market")
    search_fields = ("=hash", "=sender")
    exclude = ("raw",)
    ordering = ("-pk",)
