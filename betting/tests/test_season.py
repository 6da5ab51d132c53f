"""A whole season: priced, bet on, settled by the real scores, paid as the oracle says."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from accounts.models import User
from betting import books, claims, settlement
from betting.models import Order
from betting.settlement import Result
from betting.tests import bulk
from betting.tests.bulk import Bet
from betting.tests.conftest import available
from betting.tests.test_grading import oracle
from kmarket.tests.proof import cases, takes_its_time
from markets import matches
from markets import services as market_services
from markets.models import OddsUpdate
from markets.odds import odds_of
from tests.season import needs_season, season_csv  # noqa: F401  (a fixture)

OPTIONS = {
    "moneyline": {"home": 1, "away": 2, "draw": 3},
    "spread": {"home": 4, "away": 5},
    "total": {"over": 6, "under": 7},
}
BETS_AN_OPTION = cases(3, 40)


def played(season_csv):  # noqa: F811
    """The season's matches that have prices and a score."""
    with season_csv.open("rb") as file:
        rows = [row for row in matches.read(file).rows if isinstance(row, matches.Match)]
    return [match for match in rows if match.closing.groups() and match.score]


def open_market(match):
    """A market at the match's closing prices, that starts tomorrow."""
    return market_services.create_market(
        league=match.league,
        home_team=match.home,
        away_team=match.away,
        start_time=datetime.now(tz=UTC) + timedelta(days=1),
        prices=match.closing,
        source=OddsUpdate.Source.IMPORT,
        actor=None,
    )


def bets_on(market_id, prices, users, chance):
    """Several bets on every option that is priced, by several users, of any size."""
    three_way = prices.moneyline is not None and prices.moneyline.draw is not None
    for name, group in prices.groups().items():
        line = getattr(group, "line", None)
        for side, odds in odds_of(group).items():
            for _ in range(BETS_AN_OPTION):
                yield Bet(
                    user_id=chance.choice(users).pk,
                    market_id=market_id,
                    option=OPTIONS[name][side],
                    line_q=line and line.quarters,
                    three_way=three_way,
                    stake=chance.randint(1, 10 ** chance.randint(1, 24)),
                    odds=odds.hundredths,
                )


@takes_its_time
@needs_season
@pytest.mark.django_db
def test_a_season_is_paid_as_the_oracle_says(season_csv, people):  # noqa: F811
    chance = random.Random(380)
    users = people(5, each=1)
    season = played(season_csv)
    assert len(season) >= 250
    markets = {open_market(match).pk: match for match in season}
    bets = [
        bet
        for market_id, match in markets.items()
        for bet in bets_on(market_id, match.closing, users, chance)
    ]
    order_ids = bulk.store(bets)
    assert {bet.option for bet in bets} == set(range(1, 8))

    house_profit = 0
    for market_id, match in markets.items():
        decision, _ = settlement.settle_market(
            market_id=market_id, result=Result(scores=match.score), actor=None
        )
        house_profit += decision.staked - decision.paid_out

    due = {
        order_id: oracle(
            *(bet.option, bet.line_q, bet.three_way),
            *(*markets[bet.market_id].score, bet.stake, bet.odds),
        )
        for order_id, bet in zip(order_ids, bets, strict=True)
    }
    assert dict(Order.objects.values_list("pk", "payout")) == due
    assert set(Order.objects.values_list("result", flat=True)) == {
        *("WIN", "HALF_WIN", "PUSH", "HALF_LOSE", "LOSE")
    }
    assert books.account_totals()["house"] == house_profit
    assert books.account_totals()["claims"] == sum(due.values())
    assert books.account_totals()["escrow"] == 0

    claim_everything(users)
    for user in users:
        won = sum(
            due[order_id]
            for order_id, bet in zip(order_ids, bets, strict=True)
            if bet.user_id == user.pk
        )
        assert available(user) == 1 + won
    with transaction.atomic():
        assert books.differences() == []


def claim_everything(users: list[User]) -> None:
    for user in users:
        while claims.claim_all(user=user):
            pass
