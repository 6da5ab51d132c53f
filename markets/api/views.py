"""What anyone may read: markets, odds, snapshots, updates."""

import hashlib
from dataclasses import asdict
from functools import reduce
from operator import or_
from typing import Any

import orjson
from django.db.models import Q, QuerySet
from rest_framework import generics, permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import viewer
from kmarket import epoch
from kmarket.pages import Pages
from kmarket.schema.operations import operation
from kmarket.schema.shapes import Page
from markets import caches, errors, selectors, wire
from markets.api.answers import (
    ActiveMarketsAnswer,
    MarketOddsAnswer,
    MarketPage,
    MarketRow,
    SnapshotAnswer,
    UpdatesAnswer,
)
from markets.api.serializers import (
    MarketQuery,
    UpdatesQuery,
    market_detail,
    market_row,
    odds_answer,
    odds_body,
    odds_etag,
    snapshot_body,
)
from markets.models import Market


class Public(APIView):
    """No token needed; with one, staff see drafts."""

    permission_classes = (permissions.AllowAny,)

    def market(self, market_id: int) -> Market:
        """Return a market that the caller may see, or refuse with a 404."""
        visible = Market.objects.visible_to(viewer(self.request))
        market = visible.filter(pk=market_id).first()
        if market is None:
            raise errors.NoSuchMarket(marketId=market_id)
        return market


class MarketList(Public, generics.GenericAPIView):
    @operation("listMarkets", Page[MarketRow], query=MarketQuery)
    def get(self, request: Request) -> Response:
        """List markets, filtered, soonest first."""
        query = MarketQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        pages = Pages()
        markets = pages.paginate_queryset(
            _filtered(viewer(request), **query.validated_data), request
        )
        updates = selectors.current_updates(markets)
        return pages.get_paginated_response(
            [market_row(market, updates.get(market.pk)) for market in markets]
        )


class MarketDetail(Public):
    @operation("market", MarketPage, refuses=[errors.NoSuchMarket])
    def get(self, request: Request, market_id: int) -> Response:
        """Show one market with its options and odds."""
        market = self.market(market_id)
        update = selectors.current_update(market)
        options = list(market.options.order_by("number"))
        snapshot = wire.snapshot_message(market, update, epoch="")
        return Response(
            {
                "market": market_detail(market, options, update),
                "odds": odds_answer(snapshot, source="db"),
            }
        )


class ActiveMarkets(Public):
    @operation("activeMarkets", ActiveMarketsAnswer)
    def get(self, request: Request) -> Response:
        """List what takes bets now, from the copy where there is one."""
        rows = caches.read_active()
        source = "cache"
        if rows is None:
            source = "db"
            generation = caches.active_generation()
            rows = [asdict(market) for market in selectors.active_markets()]
            caches.store_active(rows, generation=generation)
        # Of the rows alone: the same list has the same tag, wherever it came from.
        tag = hashlib.sha256(orjson.dumps(rows)).hexdigest()[:32]
        return Response({"source": source, "data": rows}, headers={"ETag": f'"{tag}"'})


class MarketOdds(Public):
    @operation("odds", MarketOddsAnswer, refuses=[errors.NoSuchMarket])
    def get(self, request: Request, market_id: int) -> Response:
        """Show the present odds, in the old and the new shape."""
        state, source = _state(self, market_id)
        return _tagged(odds_body(market_id, state, source=source), state)


class OddsSnapshot(Public):
    @operation("snapshot", SnapshotAnswer, refuses=[errors.NoSuchMarket])
    def get(self, request: Request, market_id: int) -> Response:
        """Show the whole present state with its seq, as a socket's subscriber gets it."""
        state, source = _state(self, market_id)
        return _tagged(snapshot_body(market_id, state, source=source), state)


class OddsUpdates(Public):
    @operation("oddsUpdates", UpdatesAnswer, query=UpdatesQuery, refuses=[errors.NoSuchMarket])
    def get(self, request: Request, market_id: int) -> Response:
        """List the changes after a seq, for clients that missed some."""
        query = UpdatesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        since, limit = query.validated_data["since_seq"], query.validated_data["limit"]
        market = self.market(market_id)
        updates = selectors.updates_since(market_id=market_id, seq=since, limit=limit)
        first, last = (updates[0].seq, updates[-1].seq) if updates else (since, since)
        return Response(
            {
                "marketId": market_id,
                "fromSeq": first,
                "toSeq": last,
                "updates": [wire.update_message(update) for update in updates],
                "hasMore": last < market.seq,
                "epoch": epoch.current(),
                "headSeq": market.seq,
                "oldestSeq": selectors.oldest_seq(market_id=market_id),
            }
        )


def _filtered(user: Any, **wanted: Any) -> QuerySet[Market]:
    markets = Market.objects.visible_to(user)
    if wanted["status"]:
        markets = markets.filter(status=wanted["status"])
    if wanted["kind"]:
        markets = markets.filter(kind=wanted["kind"])
    if wanted["league"]:
        markets = markets.filter(league=wanted["league"])
    if text := wanted["q"]:
        names = ("home_team", "away_team", "league", "question")
        named = (Q(**{f"{name}__icontains": text}) for name in names)
        markets = markets.filter(reduce(or_, named))
    if wanted["startsAfter"]:
        markets = markets.filter(start_time__gte=wanted["startsAfter"])
    if wanted["startsBefore"]:
        markets = markets.filter(start_time__lt=wanted["startsBefore"])
    return markets.order_by(*dict.fromkeys((wanted["ordering"], "pk")))


def _state(view: Public, market_id: int) -> tuple[dict[str, Any], str]:
    """Return {"seq", "ts", "epoch", "payload"} and where it came from.

    With the database away, a copy that is there is still an answer.
    """
    if (copy := caches.read(market_id)) is not None:
        return copy, "cache"
    market = view.market(market_id)
    update = selectors.current_update(market)
    if update is not None and market.status != "draft":
        caches.store([update])
    snapshot = wire.snapshot_message(market, update, epoch=epoch.current())
    return snapshot, "db"


def _tagged(body: dict[str, Any], state: dict[str, Any]) -> Response:
    tag = odds_etag(body["marketId"], epoch=state["epoch"], seq=state["seq"])
    return Response(body, headers={"ETag": tag})
