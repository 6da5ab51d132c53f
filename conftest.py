"""The cast: what every app's tests may use. An app's own fixtures live in its tests/conftest.py."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import settings

from accounts import tokens
from accounts.models import Role, User
from betting import services as betting_services
from betting.models import Order
from markets import caches, pools
from markets import services as market_services
from markets.lines import Line
from markets.models import Market
from markets.odds import Moneyline, Odds, Prices, Spread, Total

# A busy machine must not make a slow example look like a wrong one.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Whatever a test is about: what it is answered by the API is what the API's document says.
django_settings.MIDDLEWARE.insert(0, "kmarket.tests.conforming.Conforms")

ALICE = "0x" + "a" * 40
BOB = "0x" + "b" * 40

TWO_WAY = Prices(moneyline=Moneyline(Odds(185), Odds(210)))
ALL_GROUPS = Prices(
    moneyline=Moneyline(Odds(185), Odds(210)),
    spread=Spread(Line.parse("-3"), Odds(192), Odds(188)),
    total=Total(Line.parse("219.5"), Odds(190), Odds(190)),
)
# Of a pool's two outcomes, in 10^18ths: odds of 1.60 and 2.66.
YES_NO = (625_000_000_000_000_000, 375_000_000_000_000_000)


@pytest.fixture(autouse=True)
def _no_copies(request):
    """No test finds another's copies. Only those that touch the database make any."""
    yield
    if {"db", "transactional_db"} & set(request.fixturenames):
        cache.clear()
        caches.recent_epoch.cache_clear()


@pytest.fixture
def trader(db) -> User:
    """An operator who may do everything."""
    return User.objects.create_superuser("trader", password="a long password")


@pytest.fixture
def alice(db) -> User:
    """A user with 1000 units to stake."""
    user = User.objects.create_user(ALICE, address=ALICE, role=Role.USER)
    betting_services.credit(user=user, amount=1000, actor=None, reason="to begin with")
    return user


@pytest.fixture
def bob(db) -> User:
    """A user with nothing."""
    return User.objects.create_user(BOB, address=BOB, role=Role.USER)


@pytest.fixture
def client_of(db):
    """Make the HTTP client of a user who has signed in: client_of(alice)."""

    def sign_in(user: User) -> Client:
        with transaction.atomic():
            issued = tokens.issue(kind=tokens.Kind.USER, user=user, now=datetime.now(tz=UTC))
        return Client(headers={"authorization": f"Bearer {issued.token}"})

    return sign_in


@pytest.fixture
def alice_client(client_of, alice) -> Client:
    return client_of(alice)


@pytest.fixture
def operator_client(client_of, trader) -> Client:
    return client_of(trader)


@pytest.fixture
def open_market(trader):
    """A builder of markets that start tomorrow, by default 2-way at 1.85 / 2.10, seq 1."""

    def build(prices: Prices = TWO_WAY, **changes) -> Market:
        wanted = {
            "league": "NBA",
            "home_team": "Lakers",
            "away_team": "Warriors",
            "start_time": datetime.now(tz=UTC) + timedelta(days=1),
            "actor": trader,
            "prices": prices,
        }
        return market_services.create_market(**wanted | changes)

    return build


@pytest.fixture
def open_pool(db):
    """A builder of pools that trade until tomorrow, by default Yes at 0.625 and No, seq 1.

    With an empty tuple of prices it has none, and seq 0.
    """
    numbers = count(1)

    def build(prices=YES_NO, *, labels=("Yes", "No"), closes_at=None, **words) -> Market:
        wanted = pools.NewPool(
            external_ref=f"pool:{next(numbers)}",
            words=pools.Words(**{"question": "Will it rain?", "labels": labels} | words),
            closes_at=closes_at or datetime.now(tz=UTC) + timedelta(days=1),
        )
        with transaction.atomic():
            (made,) = pools.create([wanted])
            if prices:
                pools.record([pools.Change(made.pk, prices=prices)])
        made.refresh_from_db()
        return made

    return build


@pytest.fixture
def market(open_market) -> Market:
    return open_market()


@pytest.fixture
def place(alice, market):
    """A builder of bets: by default Alice's, 100 on home at 1.85."""

    def build(**changes) -> Order:
        wanted = {
            "user": alice,
            "market_id": market.pk,
            "option": 1,
            "stake": 100,
            "seen_odds": Odds(185),
            "now": datetime.now(tz=UTC),
        }
        return betting_services.place_order(**wanted | changes)

    return build
