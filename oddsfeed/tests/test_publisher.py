"""What leaves when a price is set: copies, and one message on the market's channel."""

import json

import pytest
from django.db import transaction

from kmarket import cache
from markets import caches, services, wire
from markets.lifecycle import Event, MarketStatus
from markets.models import OddsUpdate
from oddsfeed import line, publisher
from oddsfeed.tests.conftest import PATIENCE, nowhere, set_home

pytestmark = pytest.mark.django_db(transaction=True)


class Ear:
    """Hears channels as a hub does."""

    def __init__(self, *markets):
        self.pubsub = cache.redis().pubsub(ignore_subscribe_messages=True)
        for market in markets:
            self.pubsub.subscribe(line.channel_of(market.pk))
            # The confirmation.
            self.pubsub.get_message(timeout=PATIENCE)

    def hear(self, count):
        """Return so many messages: (channel, data)."""
        heard = []
        while len(heard) < count:
            if message := self.pubsub.get_message(timeout=PATIENCE):
                heard.append((message["channel"].decode(), message["data"]))
        return heard

    def hears_nothing_more(self):
        return self.pubsub.get_message(timeout=0.1) is None


@pytest.fixture
def listen():
    ears = []

    def build(*markets):
        ears.append(Ear(*markets))
        return ears[-1]

    yield build
    for ear in ears:
        ear.pubsub.close()


def test_a_price_is_one_message_of_its_seq_and_its_frame(market, listen):
    ear = listen(market)

    update = set_home(market, 190)

    ((channel, data),) = ear.hear(1)
    assert channel == f"feed:{market.pk}"
    seq, frame = line.unpacked(data)
    assert (seq, json.loads(frame)) == (2, wire.update_message(update))
    assert data == b"2 " + frame.encode()
    assert ear.hears_nothing_more()


def test_who_hears_of_a_price_finds_its_copy(market, listen):
    ear = listen(market)

    set_home(market, 190)

    ear.hear(1)
    assert caches.read(market.pk)["seq"] == 2


def test_a_change_of_status_is_published_and_takes_the_list_away(market, listen):
    ear = listen(market)
    caches.store_active([], generation=caches.active_generation())
    assert caches.read_active() == []

    services.change_status(market_id=market.pk, event=Event.SUSPEND, actor=None, reason="")

    assert [line.unpacked(data)[0] for _, data in ear.hear(1)] == [2]
    assert caches.read_active() is None


def test_several_updates_leave_in_their_order(market, open_market, listen):
    other = open_market()
    ear = listen(market, other)

    with transaction.atomic():
        set_home(market, 190)
        set_home(other, 190)
        set_home(market, 180)

    heard = [(channel, line.unpacked(data)[0]) for channel, data in ear.hear(3)]
    assert heard == [(f"feed:{market.pk}", 2), (f"feed:{other.pk}", 2), (f"feed:{market.pk}", 3)]


def test_one_announcement_of_many_updates_is_published_whole(market, open_market, listen):
    other = open_market()
    ear = listen(market, other)
    updates = OddsUpdate.objects.select_related("market").order_by("market_id")

    publisher.publish_odds(tuple(updates))

    assert [channel for channel, _ in ear.hear(2)] == [f"feed:{market.pk}", f"feed:{other.pk}"]
    assert ear.hears_nothing_more()


def test_what_is_not_committed_is_not_published(market, listen):
    ear = listen(market)

    with transaction.atomic():
        set_home(market, 190)
        transaction.set_rollback(True)

    assert ear.hears_nothing_more()
    assert caches.read(market.pk)["seq"] == 1


def test_a_draft_is_nobodys_business_until_it_opens(open_market, listen):
    draft = open_market(status=MarketStatus.DRAFT)
    ear = listen(draft)

    set_home(draft, 190)
    assert ear.hears_nothing_more()
    assert caches.read(draft.pk) is None

    services.change_status(market_id=draft.pk, event=Event.OPEN, actor=None, reason="")
    assert [line.unpacked(data)[0] for _, data in ear.hear(1)] == [3]


def test_redis_away_is_not_an_error_for_whoever_sets_a_price(market, settings, caplog):
    settings.CACHES = nowhere(settings.CACHES)

    update = set_home(market, 190)

    assert update.seq == 2
    assert OddsUpdate.objects.filter(market=market).count() == 2
    assert {record.levelname for record in caplog.records} == {"WARNING"}


def test_redis_lost_between_copy_and_message_is_logged_once(market, monkeypatch, settings, caplog):
    monkeypatch.setattr(caches, "store", lambda updates: True)
    here = settings.CACHES
    settings.CACHES = nowhere(here)

    set_home(market, 190)
    set_home(market, 180)
    assert caplog.text.count("Not published, Redis is away") == 1

    settings.CACHES = here
    set_home(market, 190)
    settings.CACHES = nowhere(here)
    set_home(market, 180)
    assert caplog.text.count("Not published, Redis is away") == 2
