"""The JSON of positions, histories and candles. Shapes and types only.

Amounts, shares, LP and prices are strings of digits, with a minus where they are below 0: the
collateral's smallest unit, or 10^18ths of it. Outcomes count from 1, as a market's options do.
"""

from collections.abc import Sequence

from eth_utils.address import to_checksum_address
from rest_framework import serializers

from kmarket.api_fields import EpochMsField, IdField, epoch_ms
from kmarket.pages import DigitsField
from markets.models import Market
from trading import worth
from trading.api import answers
from trading.candles import INTERVALS
from trading.models import (
    Candle,
    Claim,
    Happening,
    Liquidity,
    Pool,
    Proposal,
    Resolution,
    Trade,
)
from trading.selectors import Finality, Finals, Outlook, Totals

CANDLES_MAX = 500


class PositionQuery(serializers.Serializer):
    """Filters of the list. A parameter that is not here is ignored."""

    example = {"open": True}

    open = serializers.BooleanField(default=None, allow_null=True)


class TradeQuery(serializers.Serializer):
    marketId = IdField(default=None)
    side = serializers.ChoiceField(choices=Trade.Side.values, default="", allow_blank=True)


class MarketQuery(serializers.Serializer):
    marketId = IdField(default=None)


class CandleQuery(serializers.Serializer):
    example = {"interval": "5m", "outcome": 1}

    interval = serializers.ChoiceField(choices=list(INTERVALS), default="1h")
    outcome = DigitsField(min_value=1, max_value=2**31 - 1, default=None)
    since = EpochMsField(default=None)
    until = EpochMsField(default=None)
    limit = DigitsField(min_value=1, max_value=CANDLES_MAX, default=100)


def outlook_answer(outlook: Outlook) -> answers.PositionAnswer:
    """Return a position: what is held, what it is worth, and what came of all that was done."""
    pool, account = outlook.pool, outlook.account
    return {
        **_market(pool),
        "collateral": to_checksum_address(pool.collateral),
        "outcomes": [_shares(pool.market, each) for each in outlook.shares],
        "liquidity": _liquidity(outlook) if account.liquidity_count else None,
        "cost": str(outlook.cost),
        "value": str(outlook.value),
        "unrealized": str(outlook.value - outlook.cost),
        **_sums(account._asdict()),
        "claimable": str(outlook.claimable),
        "claimTxHash": outlook.claim_tx_hash,
        "tradeCount": account.trade_count,
        "finality": outlook.finality,
    }


def liquidity_answer(outlook: Outlook) -> answers.ProvidedAnswer:
    """Return somebody's part of a pool."""
    pool = outlook.pool
    return {
        **_market(pool),
        "collateral": to_checksum_address(pool.collateral),
        **_liquidity(outlook),
        "finality": outlook.finality,
    }


def trade_answer(trade: Trade, finals: Finals) -> answers.TradeAnswer:
    """Return a trade as its trader sees it."""
    is_sale = trade.side == Trade.Side.SELL
    return {
        **public_trade_answer(trade, finals),
        "cost": str(trade.cost),
        "realized": str(trade.collateral - trade.cost if is_sale else 0),
    }


def public_trade_answer(trade: Trade, finals: Finals) -> answers.PublicTradeAnswer:
    """Return a trade as everybody sees it."""
    prices, outcome = trade.prices_after, trade.outcome
    return {
        **_place(trade, finals),
        "trader": to_checksum_address(trade.trader),
        "side": trade.side,
        "outcome": outcome + 1,
        "label": _label(trade.pool.market, outcome),
        "amount": str(trade.collateral),
        "fee": str(trade.fee),
        "shares": str(trade.shares),
        "priceAfter": None if prices is None else str(prices[outcome]),
    }


def change_answer(change: Liquidity, finals: Finals) -> answers.LiquidityChange:
    """Return liquidity that was given or taken back."""
    is_removal = change.kind == Liquidity.Kind.REMOVE
    realized = sum(change.share_costs) + change.fees_paid - change.cost
    return {
        **_place(change, finals),
        "kind": change.kind,
        "amount": str(change.collateral),
        "lp": str(change.lp),
        "shares": _digits(change.shares),
        "fees": str(change.fees_paid),
        "cost": str(change.cost),
        "shareCosts": _digits(change.share_costs),
        "realized": str(realized if is_removal else 0),
    }


def claim_answer(claim: Claim, finals: Finals) -> answers.ClaimedSharesAnswer:
    """Return shares that were turned into what they pay."""
    return {
        **_place(claim, finals),
        "recipient": to_checksum_address(claim.recipient),
        "shares": _digits(claim.shares),
        "amount": str(claim.payout),
        "cost": str(sum(claim.share_costs)),
        "realized": str(claim.payout - sum(claim.share_costs)),
    }


def candle_answer(candle: Candle, finality: Finality, outcome: int | None) -> answers.Candle:
    """Return a candle of one outcome, or of all."""
    wanted = range(len(candle.opens)) if outcome is None else [outcome]
    return {
        "ts": candle.begins * 1000,
        "outcomes": [
            {
                "outcome": n + 1,
                "open": str(candle.opens[n]),
                "high": str(candle.highs[n]),
                "low": str(candle.lows[n]),
                "close": str(candle.closes[n]),
                "volume": str(candle.volumes[n]),
                "tradeCount": candle.trade_counts[n],
            }
            for n in wanted
        ],
        "finality": finality,
    }


def pool_answer(
    pool: Pool,
    finals: Finals,
    *,
    proposal: Proposal | None,
    resolution: Resolution | None,
    volume_day: int,
    is_paused: bool,
) -> answers.PoolAnswer:
    """Return what the chain says of a market."""
    return {
        **_market(pool),
        "contract": to_checksum_address(pool.contract),
        "number": str(pool.number),
        "collateral": to_checksum_address(pool.collateral),
        "creator": to_checksum_address(pool.creator),
        "questionHash": pool.question_hash,
        "state": pool.status,
        "paused": is_paused,
        "closesAt": pool.closes_at * 1000,
        "resolveBy": pool.resolve_by * 1000,
        "disputeWindow": pool.dispute_window * 1000,
        "fee": str(pool.fee_wad),
        "reserves": _digits(pool.reserves),
        "lpSupply": str(pool.lp_supply),
        "backing": str(pool.backing),
        "fees": str(pool.fees),
        "volume": str(pool.volume),
        "volume24h": str(volume_day),
        "tradeCount": pool.trade_count,
        "proposal": _proposal(proposal, finals) if proposal else None,
        "result": _resolution(resolution, finals) if resolution else None,
    }


def totals_answer(totals: Totals) -> answers.CollateralSums:
    """Return sums over somebody's positions in one collateral."""
    account = totals.account
    return {
        "collateral": to_checksum_address(totals.collateral),
        "marketCount": totals.market_count,
        "openCount": totals.open_count,
        "tradeCount": account.trade_count,
        "volume": str(account.bought + account.sold),
        "cost": str(totals.cost),
        "value": str(totals.value),
        "unrealized": str(totals.value - totals.cost),
        **_sums(account._asdict()),
        "feesEarned": str(totals.fees_earned),
        "claimable": str(totals.claimable),
    }


def _market(pool: Pool) -> answers.OfPool:
    market = pool.market
    assert market.question is not None, market
    return {"marketId": market.pk, "question": market.question, "status": market.status}


def _label(market: Market, outcome: int) -> str:
    assert market.labels is not None, market
    return market.labels[outcome]


def _shares(market: Market, shares: worth.Shares) -> answers.SharesAnswer:
    return {
        "outcome": shares.outcome + 1,
        "label": _label(market, shares.outcome),
        "shares": str(shares.shares),
        "cost": str(shares.cost),
        "averagePrice": str(shares.average_price),
        "value": str(shares.value),
        "unrealized": str(shares.unrealized),
    }


def _liquidity(outlook: Outlook) -> answers.LiquiditySums:
    liquidity, account = outlook.liquidity, outlook.account
    return {
        "lp": str(liquidity.lp),
        "poolShare": str(liquidity.pool_share),
        "shares": _digits(liquidity.shares),
        "cost": str(liquidity.cost),
        "value": str(liquidity.value),
        "feesEarned": str(liquidity.fees_earned),
        "feesDue": str(liquidity.fees_due),
        "impermanentDifference": str(liquidity.impermanent),
        "unrealized": str(liquidity.unrealized),
        "realized": str(account.lp_realized),
    }


def _sums(account: dict[str, int]) -> answers.Sums:
    """Return what was paid and received, and what is realised of it."""
    return {
        "bought": str(account["bought"]),
        "sold": str(account["sold"]),
        "provided": str(account["provided"]),
        "claimed": str(account["claimed"]),
        "feesPaid": str(account["fees_paid"]),
        "feesReceived": str(account["fees_received"]),
        "realized": str(account["realized"]),
        "liquidityRealized": str(account["lp_realized"]),
    }


def _place(row: Happening, finals: Finals) -> answers.Happened:
    """Return what all rows of history begin with. Needs the pool and the log."""
    return {
        "id": row.pk,
        "marketId": row.pool.market_id,
        "txHash": row.log.transaction_hash,
        "blockNumber": row.block_number,
        "logIndex": row.log_index,
        "ts": epoch_ms(row.at),
        "finality": finals.of(row.pool.contract, row.block_number),
    }


def _proposal(proposal: Proposal, finals: Finals) -> answers.ProposedResult:
    return {
        **_place(proposal, finals),
        "proposer": to_checksum_address(proposal.proposer),
        "outcome": proposal.outcome + 1,
        "round": proposal.round,
        "disputableUntil": proposal.disputable_until * 1000,
        "evidenceHash": proposal.evidence_hash,
    }


def _resolution(resolution: Resolution, finals: Finals) -> answers.FinalResult:
    outcome = resolution.outcome
    return {
        **_place(resolution, finals),
        "voided": outcome is None,
        "outcome": None if outcome is None else outcome + 1,
        "payoutNumerators": _digits(resolution.numerators),
        "payoutDenominator": str(resolution.denominator),
    }


def _digits(amounts: Sequence[int]) -> list[str]:
    return [str(amount) for amount in amounts]
