"""What came into the vault and what goes out of it, as its owner hears of it, and nobody else."""

import pytest
from django.db import transaction

from conftest import ALICE
from oddsfeed import telling, vault_news
from oddsfeed.tests.conftest import in_thread
from oddsfeed.tests.sio_sockets import enter, knock  # noqa: F401  (fixtures)
from oddsfeed.tests.test_rooms import at_home, token_of  # noqa: F401  (fixtures)
from vault import projection, services
from vault.api.serializers import deposit_answer, withdrawal_answer
from vault.models import Deposit, Withdrawal
from vault.tests.conftest import CONTRACT, NOW, vault  # noqa: F401  (a fixture)
from vault.tests.logs import deposited, withdrawn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("news")]

DEPOSIT, WITHDRAWAL = "user:deposit_update", "user:withdrawal_update"


@pytest.fixture
def news(vault):  # noqa: F811
    """News of a vault are told, as where there is one."""
    telling.listen(vault_news.LISTENERS)
    yield
    telling.ignore(vault_news.LISTENERS)


@pytest.fixture
async def heard(at_home, connect, alice, bob, enter, token_of):  # noqa: F811
    """heard(name) → the next such event of Alice's, the same by both protocols."""
    over_ws = await connect(token=await in_thread(token_of, alice))
    await over_ws.ask(type="subscribe", channels=["user"])
    assert (await over_ws.next())["type"] == "user:balance_update"
    other = await enter(await in_thread(token_of, bob))
    assert (await other.ask("subscribe:user"))["ok"]

    async def next_of(name):
        while (said := await at_home.event())[0] != name:
            assert said[0] == "user:balance_update"
        while (frame := await over_ws.next())["type"] != name:
            assert frame["type"] == "user:balance_update"
        assert frame == said[1]
        assert frame.pop("type") == name
        assert frame.pop("ts") > 0
        return frame

    yield next_of
    assert await other.is_quiet()


def happen(function, *events):
    """Have it happen as in the listener's transaction."""
    with transaction.atomic():
        return function(*events)


async def test_a_deposit_is_told_as_it_comes_goes_and_is_credited(heard):
    def seen():
        return deposit_answer(Deposit.objects.select_related("log").get())

    event = await in_thread(deposited, ALICE, 40, seq=1, block=5)
    await in_thread(happen, projection.apply, [event])
    first = await heard(DEPOSIT)
    assert first == await in_thread(seen)
    assert first["status"] == "pending"

    await in_thread(happen, projection.undo, [event])
    assert await heard(DEPOSIT) == first | {"status": "gone"}

    again = await in_thread(deposited, ALICE, 40, seq=1, block=6, branch=1)
    await in_thread(happen, projection.apply, [again])
    assert (await heard(DEPOSIT))["block"] == 6
    await in_thread(happen, projection.finalize, 6)
    credited = await heard(DEPOSIT)
    assert credited == await in_thread(seen)
    assert credited["status"] == "credited"


async def test_a_withdrawal_is_told_at_each_step(heard, alice):
    def ask():
        return services.withdraw(user=alice, amount=40, to=None, now=NOW)

    def seen():
        return withdrawal_answer(Withdrawal.objects.select_related("log").latest("pk"))

    made = await in_thread(ask)
    issued = await heard(WITHDRAWAL)
    assert issued == await in_thread(seen)
    assert (issued["state"], issued["signature"]) == ("issued", made.signature)

    event = await in_thread(withdrawn, made, seq=1, block=5)
    await in_thread(happen, projection.apply, [event])
    assert (await heard(WITHDRAWAL))["txHash"] == event.log.transaction_hash
    await in_thread(happen, projection.undo, [event])
    assert await heard(WITHDRAWAL) == issued
    again = await in_thread(withdrawn, made, seq=1, block=6, branch=1)
    await in_thread(happen, projection.apply, [again])
    await heard(WITHDRAWAL)
    await in_thread(happen, projection.finalize, 6)
    redeemed = await heard(WITHDRAWAL)
    assert redeemed == await in_thread(seen)
    assert redeemed["state"] == "redeemed"

    late = await in_thread(ask)
    await heard(WITHDRAWAL)
    await in_thread(services.expire, withdrawal_id=late.pk)
    assert (await heard(WITHDRAWAL))["state"] == "expired"


async def test_operators_decisions_are_told(heard, alice, trader, settings):
    def two():
        settings.VAULT_RELEASE_ABOVE = 1
        return [services.withdraw(user=alice, amount=40, to=None, now=NOW) for _ in range(2)]

    def decide(one, other):
        admin = type(trader).objects.create_superuser("olga")
        for actor in (trader, admin):
            services.release(withdrawal_id=one.pk, actor=actor, reason="known", now=NOW)
        services.refuse(withdrawal_id=other.pk, actor=admin, reason="unknown")

    one, other = await in_thread(two)
    for each in (one, other):
        held = await heard(WITHDRAWAL)
        assert (held["id"], held["state"], held["signature"]) == (each.pk, "held", None)

    await in_thread(decide, one, other)

    issued = await heard(WITHDRAWAL)
    assert (issued["id"], issued["state"]) == (one.pk, "issued")
    assert issued["signature"]
    refused = await heard(WITHDRAWAL)
    assert (refused["id"], refused["state"]) == (other.pk, "refused")


async def test_a_replay_is_no_news_and_what_fails_is_not_told(heard, alice):
    event = await in_thread(deposited, ALICE, 40, seq=1, block=5)

    def fail():
        with transaction.atomic():
            projection.apply([event])
            services.withdraw(user=alice, amount=40, to=None, now=NOW)
            transaction.set_rollback(True)

    def replay():
        with transaction.atomic():
            projection.reset(CONTRACT)
            projection.apply([event], is_replay=True)

    await in_thread(fail)
    await in_thread(replay)
    await in_thread(happen, projection.finalize, 5)
    assert (await heard(DEPOSIT))["status"] == "credited"
