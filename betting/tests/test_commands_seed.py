"""seed: what a newcomer finds, and what a second run leaves alone."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from accounts.models import User
from kmarket.management.commands import run_all
from markets import selectors, services
from markets.lifecycle import Event
from markets.models import Market
from markets.odds import Moneyline, Odds, Prices

DEMOS = 8


@pytest.fixture(autouse=True)
def _data_folder(db, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def password_file(settings):
    return settings.DATA_DIR / run_all.LOGIN_FILE


@pytest.fixture
def seeded(capsys):
    """Run the command, and return the lines that it printed."""

    def seed(*args: str) -> list[str]:
        call_command("seed", *args)
        return capsys.readouterr().out.splitlines()

    return seed


def begin(markets) -> None:
    """Let these markets' starts have passed."""
    markets.update(start_time=datetime.now(tz=UTC) - timedelta(hours=1))


def test_the_contracts_examples_are_there_after_a_seed(seeded):
    before = datetime.now(tz=UTC)
    assert seeded() == ["2 example markets made."]

    first, second = Market.objects.order_by("pk")
    assert (first.pk, first.title, first.status) == (1001, "A vs B", "active")
    assert (first.league, first.category, first.seq) == ("sports", "sports", 1)
    assert selectors.current_update(first).prices == Prices(Moneyline(Odds(185), Odds(210)))
    assert before < first.start_time - timedelta(days=1) < datetime.now(tz=UTC)
    assert (second.pk, second.title) == (1002, "C vs D")
    assert second.options.count() == 2
    assert not User.objects.exists()


def test_a_second_seed_changes_nothing(seeded, password_file):
    seeded("--demo")
    markets = list(Market.objects.order_by("pk").values())
    users = list(User.objects.values())
    password = password_file.read_text()

    assert seeded("--demo") == [
        "0 example markets made.",
        "0 demo markets made, round 1.",
        f"User admin is there, password in {password_file}.",
    ]
    assert list(Market.objects.order_by("pk").values()) == markets
    assert list(User.objects.values()) == users
    assert password_file.read_text() == password


@pytest.mark.django_db(transaction=True)
def test_an_example_that_was_closed_stays_closed(seeded):
    seeded()
    begin(Market.objects.filter(pk=1001))
    assert services.close_due() == [1001]

    assert seeded() == ["0 example markets made."]
    assert Market.objects.get(pk=1001).status == "closed"


def test_the_demo_has_open_markets_of_every_kind(seeded, password_file):
    now = datetime.now(tz=UTC)
    assert seeded("--demo") == [
        "2 example markets made.",
        f"{DEMOS} demo markets made, round 1.",
        f"User admin made, password in {password_file}.",
    ]

    demos = Market.objects.filter(external_ref__startswith="demo:1:")
    assert demos.count() == DEMOS
    assert {market.status for market in demos} == {"active"}
    assert {market.league for market in demos} == {"ATP", "WTA", "NBA", "NFL", "EPL", "La Liga"}
    assert demos.filter(live=True).count() == 2
    upcoming = [market.start_time for market in demos.filter(live=False)]
    assert min(upcoming) > now + timedelta(hours=4)
    assert now + timedelta(days=5) < max(upcoming) < now + timedelta(days=6)
    prices = [selectors.current_update(market).prices for market in demos]
    assert sum(price.moneyline.draw is not None for price in prices) == 3
    assert sum(price.spread is not None and price.total is not None for price in prices) == 6
    assert not Market.objects.due().exists()


def test_a_round_that_lacks_a_market_is_completed(seeded):
    seeded("--demo")
    lost = Market.objects.get(external_ref="demo:1:chiefs-eagles")
    Market.objects.filter(pk=lost.pk).update(external_ref=None)

    assert seeded("--demo")[1] == "1 demo markets made, round 1."
    again = Market.objects.get(external_ref="demo:1:chiefs-eagles")
    assert (again.title, again.status) == ("Chiefs vs Eagles", "active")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("clock_ran", [True, False])
def test_a_fresh_round_opens_when_all_of_the_last_have_begun(seeded, clock_ran):
    seeded("--demo")
    first = Market.objects.filter(external_ref__startswith="demo:1:")
    begin(first)
    if clock_ran:
        assert len(services.close_due()) == DEMOS - 2

    assert seeded("--demo")[1] == f"{DEMOS} demo markets made, round 2."

    services.close_due()
    assert set(first.values_list("status", flat=True)) == {"closed"}
    second = Market.objects.filter(external_ref__startswith="demo:2:")
    assert set(second.values_list("status", flat=True)) == {"active"}
    assert seeded("--demo")[1] == "0 demo markets made, round 2."


def test_rounds_are_counted_not_spelled(seeded):
    seeded("--demo")
    for market in Market.objects.filter(external_ref__startswith="demo:1:"):
        name = market.external_ref.removeprefix("demo:1:")
        Market.objects.filter(pk=market.pk).update(external_ref=f"demo:10:{name}")
    assert seeded("--demo")[1] == "0 demo markets made, round 10."
    begin(Market.objects.filter(external_ref__startswith="demo:10:"))
    assert seeded("--demo")[1] == f"{DEMOS} demo markets made, round 11."


def test_one_market_still_to_come_keeps_the_round(seeded, trader):
    seeded("--demo")
    demos = Market.objects.filter(external_ref__startswith="demo:")
    last = demos.get(external_ref="demo:1:chiefs-eagles")
    begin(demos.exclude(pk=last.pk))
    services.change_status(market_id=last.pk, event=Event.SUSPEND, actor=trader, reason="rain")

    assert seeded("--demo")[1] == "0 demo markets made, round 1."
    services.change_status(market_id=last.pk, event=Event.CLOSE, actor=trader, reason="over")
    assert seeded("--demo")[1] == f"{DEMOS} demo markets made, round 2."


def test_the_admin_can_sign_in_with_the_password_in_the_file(seeded, password_file, client):
    seeded("--demo")

    password = password_file.read_text().strip()
    assert len(password) == 16
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
    assert [path.name for path in password_file.parent.iterdir()] == [password_file.name]
    admin = User.objects.get(username=run_all.ADMIN_NAME)
    assert (admin.role, admin.is_staff, admin.is_superuser) == ("admin", True, True)
    assert client.login(username="admin", password=password)


def test_no_password_is_ever_printed(seeded, password_file):
    printed = [*seeded("--demo"), *seeded("--demo")]
    assert password_file.read_text().strip() not in "\n".join(printed)


def test_a_database_made_anew_gets_the_password_that_was_kept(seeded, password_file):
    password_file.parent.mkdir()
    password_file.write_text("kept from before\n")
    seeded("--demo")
    assert User.objects.get(username="admin").check_password("kept from before")
    assert password_file.read_text() == "kept from before\n"


def test_an_empty_password_file_gets_a_password(seeded, password_file):
    password_file.parent.mkdir()
    password_file.touch()
    seeded("--demo")
    password = password_file.read_text().strip()
    assert len(password) == 16
    assert User.objects.get(username="admin").check_password(password)


def test_an_admins_own_password_stays_and_the_old_one_is_no_longer_shown(seeded, password_file):
    seeded("--demo")
    admin = User.objects.get(username="admin")
    admin.set_password("a better one")
    admin.save(update_fields=["password"])

    assert seeded("--demo")[2] == (
        f"User admin is there, with another password than {password_file} had: file removed."
    )
    assert seeded("--demo")[2] == "User admin is there, password unknown here."
    assert not password_file.exists()
    assert User.objects.get(username="admin").check_password("a better one")
