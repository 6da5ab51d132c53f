"""Every model has its page, and no page edits history."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

OURS = {"accounts", "betting", "chain", "console", "kmarket", "markets", "trading", "vault"}
INSIDE = {"markets.Option", "kmarket.Lineage"}
MODELS = [
    model
    for model in apps.get_models()
    if model._meta.app_label in OURS and model._meta.label not in INSIDE
]


@pytest.fixture
def pages(client, trader):
    client.force_login(trader)
    return client


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_is_listed_and_searched(pages, model):
    assert model in admin.site._registry
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    assert pages.get(url).status_code == 200
    assert pages.get(url, {"q": "1"}).status_code == 200


def test_the_menu_knows_its_plurals():
    names = [str(model._meta.verbose_name_plural) for model in MODELS]
    assert [
        name for name in names if name.endswith(("ss", "ys")) and name != "idempotency keys"
    ] == []


@pytest.mark.parametrize(
    "label",
    [
        "betting.Order",
        "betting.Balance",
        "betting.LedgerEntry",
        "betting.Settlement",
        "betting.OrderClaim",
        "markets.OddsUpdate",
        "markets.Market",
        "accounts.AdminAction",
        "accounts.AuditSeal",
        "chain.RawLog",
        "chain.Quarantine",
        "chain.Finding",
        "console.CheckRun",
        "trading.Pool",
        "trading.Trade",
    ],
)
def test_history_is_looked_at_and_never_edited(pages, label, place, market):
    place()
    model = apps.get_model(label)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert pages.get(reverse(f"{name}_add")).status_code == 403
    row = model.objects.first()
    if row is None:
        return
    url = reverse(f"{name}_change", args=[row.pk])
    before = model.objects.filter(pk=row.pk).values().get()
    assert pages.get(url).status_code == 200
    assert pages.post(url, {"reason": "changed"}).status_code == 403
    assert pages.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).values().get() == before


def test_suspending_in_the_list_reports_refusals_and_does_the_rest(pages, market, open_market):
    draft = open_market(status="draft")
    answer = pages.post(
        reverse("admin:markets_market_changelist"),
        {"action": "suspend", "_selected_action": [market.pk, draft.pk], "reason": "injury"},
        follow=True,
    )
    market.refresh_from_db()
    draft.refresh_from_db()
    assert (market.status, draft.status) == ("suspended", "draft")
    assert [str(message) for message in answer.context["messages"]] == [
        f"Market {draft.pk}: The market cannot change to that state from its present one.",
        "1 suspended.",
    ]


@pytest.mark.parametrize(("address", "target"), [("/admin", "/admin/"), ("/admin/", None)])
def test_the_admin_is_found_with_and_without_its_slash(client, db, address, target):
    answer = client.get(address)
    assert answer.status_code == 302
    assert target in {None, answer["Location"]}
