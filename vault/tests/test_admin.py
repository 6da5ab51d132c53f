"""Two operators, each with a browser, and a withdrawal that waits for them."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import services as accounts
from accounts.models import AdminAction, Role, User
from betting import ledger
from kmarket.models import IdempotencyKey
from vault import services
from vault.models import Withdrawal
from vault.tests.conftest import NOW

LIST = "admin:vault_withdrawal_changelist"


@pytest.fixture
def held(vault, alice, settings):
    settings.VAULT_RELEASE_ABOVE = 100
    return services.withdraw(user=alice, amount=400, to=None, now=NOW)


def browser(name, role=Role.ADMIN):
    user = User.objects.create_user(name, password="a long password")
    accounts.set_role(user=user, role=role, actor=None, reason="test")
    client = Client()
    client.force_login(user)
    return client


def press(client, action, *withdrawals, reason="I know them"):
    body = {
        "action": action,
        "_selected_action": [each.pk for each in withdrawals],
        "reason": reason,
    }
    answer = client.post(reverse(LIST), body, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_two_operators_release_it(held):
    olga, otto = browser("olga"), browser("otto")
    assert press(olga, "release", held) == ["1 withdrawal waits for a second operator."]
    assert press(olga, "release", held) == [
        f"withdrawal {held.pk}: You have released it already: another operator must, too."
    ]
    assert press(otto, "release", held) == ["1 voucher issued."]
    held.refresh_from_db()
    assert held.state == Withdrawal.State.ISSUED


def test_one_refuses_it(held, alice):
    assert press(browser("olga"), "refuse", held) == ["1 withdrawal refused."]
    assert ledger.available(user_id=alice.pk) == 1000
    action = AdminAction.objects.get(action="withdrawal.refuse")
    assert action.reason == "I know them"


def test_without_a_reason_nothing_happens(held):
    said = press(browser("olga"), "release", held, reason=" ")
    assert said == ["Say why: the reason goes into the audit."]
    held.refresh_from_db()
    assert held.released_by is None


@pytest.mark.parametrize("role", [Role.TRADER, Role.SETTLER, Role.AUDITOR])
def test_others_look_on(held, role):
    client = browser("olga", role)
    page = client.get(reverse(LIST)).content.decode()
    assert str(held.pk) in page
    assert 'value="release"' not in page
    press(client, "release", held)
    held.refresh_from_db()
    assert held.released_by is None


def test_nobody_reads_a_voucher_off_the_console(vault, client_of, alice):
    client_of(alice).post(
        "/api/v1/vault/withdrawals",
        {"amount": "400"},
        content_type="application/json",
        headers={"Idempotency-Key": "one"},
    )
    withdrawal = Withdrawal.objects.get()
    olga = browser("olga")
    urls = [
        reverse("admin:vault_withdrawal_change", args=[withdrawal.pk]),
        reverse(LIST),
        # What was answered is kept under its key.
        reverse("admin:kmarket_idempotencykey_change", args=[IdempotencyKey.objects.get().pk]),
    ]
    for page in map(olga.get, urls):
        assert page.status_code == 200
        assert withdrawal.signature not in page.content.decode()
