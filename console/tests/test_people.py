"""A person's page: what it shows, and what its buttons do."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from accounts import services as account_services
from accounts import tokens, wallet
from accounts.access import caller_of
from accounts.errors import Unauthenticated
from accounts.models import AdminAction, Role, User
from betting import personal_limits, settlement
from betting.models import Balance, LedgerEntry, Order
from betting.personal_limits import Limits
from conftest import ALICE
from console import people
from kmarket.fields import AMOUNT_MAX
from markets.odds import Odds
from oddsfeed.tests.conftest import connect, in_thread, session, the_hub  # noqa: F401

KEY = "00000000-0000-4000-8000-00000000000{}"


@pytest.fixture(autouse=True)
def _two_decimals(settings):
    settings.TOKEN_DECIMALS = 2


def page_of(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/change/"


def press(client: Client, user: User, name: str, **fields) -> list[str]:
    """Press a button of the person's page, and return what the page says."""
    given = {"reason": "asked by phone"} | fields
    answer = client.post(f"/admin/accounts/user/{user.pk}/do/{name}/", given, follow=True)
    assert answer.redirect_chain == [(page_of(user), 302)]
    return [str(message) for message in answer.context["messages"]]


def pay(client: Client, user: User, move: str, amount: str, number: int = 1, **fields) -> list[str]:
    """Credit or debit, with the key that the page would have made."""
    values = {"move": move, "amount": amount, "key": KEY.format(number)}
    return press(client, user, "money", **values | fields)


def balance_of(user: User) -> int:
    return Balance.objects.filter(user=user).values_list("available", flat=True).first() or 0


def token_of(user: User) -> str:
    """Sign somebody in."""
    with transaction.atomic():
        return tokens.issue(kind=tokens.Kind.USER, user=user, now=datetime.now(tz=UTC)).token


def operator(role: Role) -> Client:
    user = User.objects.create_user(f"the {role}")
    account_services.set_role(user=user, role=role, actor=None, reason="test")
    client = Client()
    client.force_login(user)
    return client


def test_money_is_moved_exactly_with_a_reason_and_an_audit_action(console, trader, bob):
    assert pay(console, bob, "credit", "12.50") == ["12.5 USDT credited: the balance is 12.5 USDT."]
    assert pay(console, bob, "debit", "0.07", 2) == [
        "0.07 USDT debited: the balance is 12.43 USDT."
    ]

    assert balance_of(bob) == 1243
    assert list(LedgerEntry.objects.order_by("pk").values_list("debit", "amount", "reason")) == [
        ("outside", 1250, "asked by phone"),
        ("user", 7, "asked by phone"),
    ]
    actions = AdminAction.objects.order_by("pk").values_list("action", "actor", "reason")
    assert list(actions) == [
        ("balance.credit", trader.pk, "asked by phone"),
        ("balance.debit", trader.pk, "asked by phone"),
    ]


@pytest.mark.parametrize(
    ("typed", "units"),
    [
        ("1", 100),
        ("1.5", 150),
        ("001.50", 150),
        ("1.2300", 123),
        (str(10**40) + ".01", 10**42 + 1),
        (f"{AMOUNT_MAX // 100}.{AMOUNT_MAX % 100:02}", AMOUNT_MAX),
    ],
)
def test_every_digit_that_is_typed_counts(console, bob, typed, units):
    pay(console, bob, "credit", typed)
    assert balance_of(bob) == units


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "This field is required."),
        ("0.001", "The token has 2 decimals at most."),
        ("0", "The amount is above zero, and no more than a token amount can hold."),
        (str(AMOUNT_MAX), "The amount is above zero, and no more than a token amount can hold."),
        *(
            (typed, "Write the amount in digits, such as 12.5, without a sign or separators.")
            for typed in ("-5", "+5", "1e3", "1,000", "1.", ".5", "0x10", "٣", "1_0", "ten")
        ),
    ],
)
def test_what_is_no_amount_moves_nothing(console, bob, typed, said):
    assert pay(console, bob, "credit", typed) == [f"Amount: {said}"]
    assert not LedgerEntry.objects.exists()
    assert not AdminAction.objects.exists()


@pytest.mark.parametrize("reason", ["", "   "])
@pytest.mark.parametrize("name", ["money", "role", "block", "end"])
def test_nothing_is_done_without_a_reason(console, bob, name, reason):
    fields = {"move": "credit", "amount": "5", "key": KEY.format(1), "role": "auditor"}
    assert press(console, bob, name, **fields | {"reason": reason}) == [
        "Reason: This field is required."
    ]
    bob.refresh_from_db()
    assert (bob.role, bob.is_active, balance_of(bob)) == ("user", True, 0)
    assert not AdminAction.objects.exists()


def test_a_refusal_is_told_in_the_services_words_and_can_be_tried_again(console, alice):
    said = pay(console, alice, "debit", "10.01")
    assert said == ["Your balance does not cover this amount. (balance: 1000)"]
    assert balance_of(alice) == 1000
    assert not AdminAction.objects.filter(action="balance.debit").exists()

    # The same page, with another amount: the refused one has not used its key.
    assert pay(console, alice, "debit", "10") == ["10 USDT debited: the balance is 0 USDT."]


def test_a_form_that_is_sent_twice_pays_once(console, bob):
    pay(console, bob, "credit", "5")
    assert pay(console, bob, "credit", "5") == ["This form was sent before: it was done once."]
    assert balance_of(bob) == 500
    keys = {console.get(page_of(bob)).context["steps"]["money"]["key"].value() for _ in range(2)}
    assert len(keys) == 2


def test_the_page_shows_what_somebody_owns_is_owed_and_owes(console, alice, place, market):
    place()
    place(option=2, seen_odds=Odds(210), stake=50)
    result = settlement.Result(scores=(3, 1))
    settlement.settle_market(market_id=market.pk, result=result, actor=None, reason="final")
    Balance.objects.filter(user=alice).update(receivable=7)

    text = console.get(page_of(alice)).content.decode()

    for label, value in [
        ("Name", ALICE),
        ("Wallet", wallet.checksum(ALICE)),
        ("Role", "User"),
        ("Account", "active"),
        ("Balance", "8.5 USDT"),
        ("Won and not claimed", "1.85 USDT"),
        ("Owes us", "0.07 USDT"),
    ]:
        assert f"<dt>{label}</dt><dd>{value}</dd>" in text
    for order in Order.objects.all():
        assert f'<a href="/admin/betting/order/{order.pk}/change/">{order.pk}</a>' in text
    for entry in LedgerEntry.objects.filter(user=alice):
        assert f'<a href="/admin/betting/ledgerentry/{entry.pk}/change/">{entry.pk}</a>' in text
    assert "to begin with" in text


def test_the_page_shows_the_limits_that_somebody_set_and_those_to_come(console, bob):
    now = datetime.now(tz=UTC)
    assert "<dt>Own limit a day</dt><dd>none</dd>" in console.get(page_of(bob)).content.decode()
    until = now + timedelta(days=3)
    personal_limits.set_limits(user=bob, wanted=Limits(500, until), now=now)
    personal_limits.set_limits(user=bob, wanted=Limits(None, until), now=now)

    text = console.get(page_of(bob)).content.decode()

    assert "<dt>Own limit a day</dt><dd>5 USDT</dd>" in text
    assert f"<dt>Excluded until</dt><dd>{until:%Y-%m-%d %H:%M} UTC</dd>" in text
    assert f"<dt>From {now + timedelta(days=1):%Y-%m-%d %H:%M} UTC</dt><dd>no limit a day" in text


def test_orders_and_entries_are_paged_from_the_newest(console, alice, place, monkeypatch):
    monkeypatch.setattr(people, "SHOWN_AT_ONCE", 2)
    placed = [place(stake=number).pk for number in range(1, 6)]
    entries = list(LedgerEntry.objects.order_by("-pk").values_list("pk", flat=True))

    seen, query = [], {}
    while query is not None:
        context = console.get(page_of(alice), query).context
        seen.append([order.pk for order, _ in context["bets"]])
        # The other list stays where it is.
        assert [entry.pk for entry in context["entries"].rows] == entries[:2]
        older = context["orders"].older
        query = older and {"orders_before": older}
    assert seen == [placed[:2:-1], placed[2:0:-1], placed[:1]]

    context = console.get(page_of(alice), {"entries_before": entries[1]}).context
    assert [entry.pk for entry in context["entries"].rows] == entries[2:4]


def test_no_entry_of_one_moment_is_passed_over(console, bob, monkeypatch):
    monkeypatch.setattr(people, "SHOWN_AT_ONCE", 2)
    moment = {"user": bob, "cause": "deposit", "reason": "together", "at": datetime.now(tz=UTC)}
    made = LedgerEntry.objects.bulk_create(
        LedgerEntry(debit="outside", credit="user", amount=1, **moment) for _ in range(5)
    )
    seen, older = [], ""
    while older is not None:
        shown = console.get(page_of(bob), {"entries_before": older}).context["entries"]
        seen += [entry.pk for entry in shown.rows]
        older = shown.older
    assert seen == [entry.pk for entry in reversed(made)]


@pytest.mark.parametrize(
    ("before", "status"), [("x", 400), ("9" * 30, 400), ("1", 404), ("-1", 400)]
)
def test_a_page_that_begins_nowhere_is_refused(console, bob, before, status):
    assert console.get(page_of(bob), {"orders_before": before}).status_code == status


def test_nobody_elses_orders_are_shown(console, bob, place):
    place()
    assert console.get(page_of(bob)).context["bets"] == []
    assert console.get(page_of(bob), {"orders_before": Order.objects.get().pk}).status_code == 404


def test_a_blocked_person_is_out_at_once_and_comes_back_when_unblocked(console, trader, bob):
    token, person = token_of(bob), bob

    assert press(console, person, "block") == ["Blocked, and signed out everywhere."]

    with pytest.raises(Unauthenticated):
        caller_of(token)
    action = AdminAction.objects.get(action="user.set_active")
    assert (action.actor, action.reason) == (trader, "asked by phone")
    offered = console.get(page_of(person)).content.decode()
    assert "/do/unblock/" in offered
    assert "/do/block/" not in offered

    assert press(console, person, "unblock") == ["May sign in again."]
    person.refresh_from_db()
    assert person.is_active


@pytest.mark.parametrize("name", ["block", "end", "role"])
async def test_a_persons_sockets_close_at_once(connect, name, client, trader, bob):  # noqa: F811
    mine = await connect(await in_thread(token_of, bob))
    theirs = await connect()
    await in_thread(client.force_login, trader)

    await in_thread(press, client, bob, name, role="auditor")

    assert await mine.closed() == (4401, "signed out")
    assert await theirs.is_quiet()


def test_signing_out_everywhere_leaves_the_account(console, bob):
    both = token_of(bob), token_of(bob)

    assert press(console, bob, "end") == ["Signed out everywhere."]

    for token in both:
        with pytest.raises(Unauthenticated):
            caller_of(token)
    bob.refresh_from_db()
    assert bob.is_active
    assert AdminAction.objects.get(action="user.end_sessions").after == {"ended": 2}


def test_a_role_is_given(console, trader, bob):
    assert press(console, bob, "role", role="settler") == ["The role is Settler."]
    bob.refresh_from_db()
    assert (bob.role, bob.is_staff, bob.groups.get().name) == ("settler", True, "settler")
    assert AdminAction.objects.get(action="user.set_role").actor == trader

    said = press(console, bob, "role", role="owner")
    assert said == ["Role: Select a valid choice. owner is not one of the available choices."]
    bob.refresh_from_db()
    assert bob.role == "settler"


STEPS = ("money", "role", "block", "unblock", "end")


@pytest.mark.parametrize(
    ("role", "sees"),
    [(Role.TRADER, 403), (Role.SETTLER, 403), (Role.AUDITOR, 200)],
)
def test_only_admins_have_buttons_and_may_press_them(bob, role, sees):
    client = operator(role)
    page = client.get(page_of(bob))
    assert page.status_code == sees
    assert b"/do/" not in page.content
    before = AdminAction.objects.count()
    for name in STEPS:
        fields = {"reason": "x", "move": "credit", "amount": "1", "key": KEY.format(1)}
        answer = client.post(
            f"/admin/accounts/user/{bob.pk}/do/{name}/", fields | {"role": "admin"}
        )
        assert answer.status_code == 403
    assert AdminAction.objects.count() == before
    bob.refresh_from_db()
    assert (bob.role, bob.is_active, balance_of(bob)) == ("user", True, 0)


def test_an_admin_has_all_buttons(bob):
    text = operator(Role.ADMIN).get(page_of(bob)).content.decode()
    assert [name for name in STEPS if f"/do/{name}/" in text] == ["money", "role", "block", "end"]


def test_there_are_no_other_steps_and_no_other_people(console, bob):
    address = f"/admin/accounts/user/{bob.pk}/do"
    assert console.post(f"{address}/delete/", {"reason": "x"}).status_code == 404
    assert console.get(f"{address}/block/").status_code == 405
    assert console.post("/admin/accounts/user/999999/do/block/", {"reason": "x"}).status_code == 404
    assert console.get("/admin/accounts/user/999999/change/").status_code == 302


def test_their_audit_is_a_click_away(console, bob, alice):
    pay(console, bob, "credit", "5")
    text = console.get(page_of(bob)).content.decode()
    link = text.partition('href="/admin/accounts/adminaction/?')[2].partition('"')[0]
    answer = console.get(f"/admin/accounts/adminaction/?{link.replace('&amp;', '&')}")
    assert [row.action for row in answer.context["cl"].result_list] == ["balance.credit"]


@pytest.mark.parametrize("page", ["betting/order", "betting/ledgerentry", "accounts/adminaction"])
def test_orders_ledger_and_audit_are_never_edited_or_deleted(console, place, page):
    place()
    models = {"betting/order": Order, "betting/ledgerentry": LedgerEntry}
    model = models.get(page, AdminAction)
    row = model.objects.order_by("pk").first()
    before = list(model.objects.order_by("pk").values())
    address = f"/admin/{page}/"

    assert console.post(f"{address}{row.pk}/change/", {"reason": "x"}).status_code == 403
    assert console.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert console.post(f"{address}add/", {}).status_code == 403
    deletion = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    console.post(address, deletion)
    assert list(model.objects.order_by("pk").values()) == before
