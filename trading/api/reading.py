"""Positions, histories and candles. HTTP in, one selector, HTTP out."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from eth_utils.address import to_checksum_address
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import signed_in
from kmarket import replica
from kmarket.api_fields import AddressStringField
from kmarket.pages import Pages
from kmarket.schema.operations import operation
from kmarket.schema.shapes import Page
from trading import desk, errors, selectors
from trading.api.answers import (
    Candles,
    ClaimedSharesAnswer,
    LiquidityChange,
    PoolAnswer,
    PositionAnswer,
    ProvidedAnswer,
    PublicTradeAnswer,
    StatsAnswer,
    TradeAnswer,
)
from trading.api.read_serializers import (
    CandleQuery,
    MarketQuery,
    PositionQuery,
    TradeQuery,
    candle_answer,
    change_answer,
    claim_answer,
    liquidity_answer,
    outlook_answer,
    pool_answer,
    public_trade_answer,
    totals_answer,
    trade_answer,
)
from trading.api.writing import NO_POOL, wallet_of
from trading.models import Candle, Claim, Happening, Liquidity, Pool, Resolution, Trade
from trading.selectors import Finals

DAY = timedelta(days=1)
OF_ONES_OWN = (*NO_POOL, errors.NoWallet)


class Positions(APIView):
    @operation(
        "listPositions", Page[PositionAnswer], query=PositionQuery, refuses=[errors.NoWallet]
    )
    def get(self, request: Request) -> Response:
        """List the caller's positions, the newest pools first."""
        query = _query(PositionQuery, request)
        found = selectors.positions_of(wallet_of(request))
        if query["open"] is not None:
            found = selectors.held(found, is_held=query["open"])
        pages = Pages()
        page = pages.paginate_queryset(found, request)
        return pages.get_paginated_response(
            [outlook_answer(outlook) for outlook in selectors.outlooks(page)]
        )


class OnePosition(APIView):
    @operation("position", PositionAnswer, refuses=[*NO_POOL, errors.NoWallet])
    def get(self, request: Request, market_id: int) -> Response:
        """Show the caller's position in one market, be it none."""
        pool = desk.pool_of(market_id)
        return Response(outlook_answer(selectors.outlook(pool, wallet_of(request))))


class Provided(APIView):
    @operation("listLiquidity", Page[ProvidedAnswer], refuses=[errors.NoWallet])
    def get(self, request: Request) -> Response:
        """List what the caller provides, or ever provided, of pools."""
        found = selectors.positions_of(wallet_of(request)).filter(liquidity_count__gt=0)
        pages = Pages()
        page = pages.paginate_queryset(found, request)
        return pages.get_paginated_response(
            [liquidity_answer(outlook) for outlook in selectors.outlooks(page)]
        )


class Trades(APIView):
    @operation("listTrades", Page[TradeAnswer], query=TradeQuery, refuses=OF_ONES_OWN)
    def get(self, request: Request) -> Response:
        """List the caller's trades, the newest first."""
        query, address = _query(TradeQuery, request), wallet_of(request)
        pool = None if query["marketId"] is None else desk.pool_of(query["marketId"])
        trades = Trade.objects.filter(_of(pool), trader=address)
        total = None
        if query["side"]:
            trades = trades.filter(side=query["side"])
        else:
            total = selectors.trade_count(address, pool)
        return _history(request, trades, trade_answer, total=total)


class LiquidityChanges(APIView):
    @operation(
        "listLiquidityChanges", Page[LiquidityChange], query=MarketQuery, refuses=OF_ONES_OWN
    )
    def get(self, request: Request) -> Response:
        """List the liquidity that the caller gave and took back, the newest first."""
        changes = Liquidity.objects.filter(_wanted(request), provider=wallet_of(request))
        return _history(request, changes, change_answer)


class Claims(APIView):
    @operation("listClaims", Page[ClaimedSharesAnswer], query=MarketQuery, refuses=OF_ONES_OWN)
    def get(self, request: Request) -> Response:
        """List what the caller claimed, the newest first."""
        claims = Claim.objects.filter(_wanted(request), claimant=wallet_of(request))
        return _history(request, claims, claim_answer)


class Stats(APIView):
    @operation("stats", StatsAnswer, refuses=[errors.NotYourStats])
    def get(self, request: Request, address: str) -> Response:
        """Sum up what the caller did, for each collateral. Somebody else's is a 404."""
        field = AddressStringField()
        asked, own = field.run_validation(address), signed_in(request).address
        if asked != own:
            raise errors.NotYourStats(address=to_checksum_address(asked))
        totals = [totals_answer(each) for each in selectors.totals(asked)]
        return Response({"address": to_checksum_address(asked), "collaterals": totals})


class Public(APIView):
    permission_classes = (AllowAny,)


class OnePool(Public):
    @operation("pool", PoolAnswer, refuses=NO_POOL)
    def get(self, request: Request, market_id: int) -> Response:
        """Show what the chain says of a market."""
        pool = desk.pool_of(market_id)
        return Response(
            pool_answer(
                pool,
                selectors.finals(),
                proposal=selectors.last_proposal(pool),
                resolution=Resolution.objects.filter(pool=pool).select_related("log").first(),
                volume_day=selectors.turnover(pool, since=timezone.now() - DAY),
                is_paused=Pool.objects.paused().filter(pk=pool.pk).exists(),
            )
        )


class MarketTrades(Public):
    @operation("listMarketTrades", Page[PublicTradeAnswer], refuses=NO_POOL)
    def get(self, request: Request, market_id: int) -> Response:
        """List a market's trades, the newest first."""
        pool = desk.pool_of(market_id)
        trades = Trade.objects.filter(pool=pool)
        return _history(request, trades, public_trade_answer, total=pool.trade_count)


class MarketPrices(Public):
    @operation("candles", Candles, query=CandleQuery, refuses=[*NO_POOL, errors.NoSuchOutcome])
    def get(self, request: Request, market_id: int) -> Response:
        """Show a market's candles, oldest first; `hasMore`: there are older ones."""
        query = _query(CandleQuery, request)
        pool = desk.pool_of(market_id)
        outcome = None if query["outcome"] is None else desk.outcome_of(pool, query["outcome"])

        def look(using: str) -> tuple[list[Candle], bool, Finals]:
            found = selectors.candles(
                pool,
                query["interval"],
                since=query["since"],
                until=query["until"],
                limit=query["limit"],
                using=using,
            )
            return *found, selectors.finals(using)

        found, has_more, finals = replica.read(look)
        return Response(
            {
                "marketId": market_id,
                "interval": query["interval"],
                "candles": [
                    candle_answer(each, finals.of(pool.contract, each.last_block), outcome)
                    for each in found
                ],
                "hasMore": has_more,
            }
        )


def _query(serializer: Any, request: Request) -> dict[str, Any]:
    query = serializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    values: dict[str, Any] = query.validated_data
    return values


def _of(pool: Pool | None) -> Q:
    return Q() if pool is None else Q(pool=pool)


def _wanted(request: Request) -> Q:
    market_id = _query(MarketQuery, request)["marketId"]
    return _of(None if market_id is None else desk.pool_of(market_id))


def _history(
    request: Request,
    rows: QuerySet[Any],
    answer: Callable[[Any, Finals], Mapping[str, object]],
    *,
    total: int | None = None,
) -> Response:
    """List rows of history, the newest first."""
    pages = Pages()
    ordered = rows.select_related("pool__market", "log").order_by("-block_number", "-log_index")

    def look(using: str) -> tuple[list[Happening], Finals]:
        page = pages.paginate_queryset(ordered.using(using), request, total=total)
        return page, selectors.finals(using)

    page, finals = replica.read(look)
    return pages.get_paginated_response([answer(row, finals) for row in page])
