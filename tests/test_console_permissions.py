"""Who may open and do what in the console, by role and page: each cell asked, none left out.

A page, a button or an action that is new fails here until it stands in a row.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import SimpleCookie
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import Role, User
from betting import decisions, proposals
from betting.decisions import Decision, Kind
from console import market_actions, people
from kmarket.tests.proof import IS_FULL, takes_its_time
from markets import services as market_services
from markets.lifecycle import Event
from markets.models import OddsUpdate
from tests.rows import a_row_of

# Columns. A user has signed in and has no role.
CALLERS = ("nobody", "user", "trader", "settler", "auditor", "admin")
OUTSIDE = {"nobody", "user"}
# Cells: let in (and what is an act was done), shown the sign-in, refused.
IN, DOOR, REFUSED = "in", "door", "refused"
# Who is let in; the others are refused, and whoever is no operator is shown the door.
STAFF = "trader settler auditor admin"
OVERSEERS = "auditor admin"
PRICES, SETTLES, ADMIN = "trader admin", "settler admin", "admin"
ANYBODY, NOBODY = " ".join(CALLERS), ""
WHY = {"reason": "a test"}
KEY = "00000000-0000-4000-8000-000000000001"

# Models: who looks at the list, at a row and at its history. What is anybody's but an overseer's
# business, what people are and what operators did, is in one app.
LOOKED_AT = {
    STAFF: "kmarket.IdempotencyKey betting.Exposure betting.Balance betting.LedgerEntry"
    " betting.Order betting.OrderClaim betting.PersonalLimits betting.Proposal"
    " betting.Settlement markets.Feed markets.HeldPrice markets.Market markets.OddsUpdate"
    " console.CheckRun chain.Cursor chain.Block chain.RawLog chain.Quarantine chain.Errand"
    " chain.Reconciliation chain.Finding trading.Pool trading.Pause trading.Holding"
    " trading.LpHolding trading.Position trading.Candle trading.Trade trading.Liquidity"
    " trading.Proposal trading.Resolution trading.Claim trading.Submission"
    " vault.Deposit vault.Reading vault.Withdrawal",
    OVERSEERS: "accounts.AdminAction accounts.AuditSeal accounts.Session accounts.User",
    NOBODY: "auth.Group",
}
# And who adds to it, changes it, deletes from it by hand.
EDITED = {"accounts.User": {"add": ADMIN, "change": ADMIN}}
EVERY_MODEL = ("changelist", "add", "change", "history", "delete")


@dataclass(frozen=True)
class Row:
    """What is asked for: of the page `page`, with `body` a POST. An act writes something."""

    name: str
    let_in: str
    page: str
    about: tuple = ()
    query: str = ""
    body: dict | None = None
    acts: bool = False
    # As in a list: what a caller is refused is not among the actions there, and nothing happens.
    is_chosen: bool = False

    def cell(self, caller):
        """What is to be found when a caller asks."""
        if caller in self.let_in.split():
            return IN
        return DOOR if caller in OUTSIDE else REFUSED


def acts(let_in, page, body, *about, name=""):
    return Row(f"{page} {name}".strip(), let_in, page, about, body=body | WHY, acts=True)


def asks(let_in, page, *about, query="", body=None):
    method = "" if body is None else "sent"
    return Row(f"{page} {method}".strip(), let_in, page, about, query, body)


def chosen(let_in, model, names, *, of=None, **more):
    """Actions of a list, with its first row chosen, or another one."""
    page = f"{model.replace('.', '_').lower()}_changelist"
    return [
        Row(
            f"{page} {name}",
            let_in,
            page,
            body={"action": name, "index": "0", "_selected_action": of or model} | WHY | more,
            acts=True,
            is_chosen=True,
        )
        for name in names.split()
    ]


def of_models():
    """Yield the rows that each model has."""
    for let_in, models in LOOKED_AT.items():
        for model in models.split():
            page = model.replace(".", "_").lower()
            may = EDITED.get(model, {})
            yield asks(let_in, f"{page}_changelist")
            yield asks(let_in, f"{page}_change", model)
            yield asks(let_in, f"{page}_history", model)
            yield asks(may.get("add", NOBODY), f"{page}_add")
            yield asks(may.get("add", NOBODY), f"{page}_add", body={})
            yield asks(may.get("delete", NOBODY), f"{page}_delete", model)
            yield asks(may.get("delete", NOBODY), f"{page}_delete", model, body={"post": "yes"})
            yield from chosen(NOBODY, model, "delete_selected", post="yes")
            # A market's page is all buttons; an act that it doesn't know is nobody's.
            yield asks(may.get("change", NOBODY), f"{page}_change", model, body={})


def button(let_in, name, market="market", **body):
    return acts(let_in, "markets_market_change", {"act": name} | body, market, name=name)


def step(name, person="alice", **body):
    return acts(ADMIN, "console_person_step", body, person, name, name=name)


OWN = [
    asks(STAFF, "index"),
    asks(STAFF, "app_list", "markets"),
    asks(STAFF, "password_change"),
    asks(STAFF, "password_change", body={}),
    asks(STAFF, "password_change_done"),
    asks(STAFF, "jsi18n"),
    asks(STAFF, "view_on_site", "user_type", "alice"),
    asks(OVERSEERS, "autocomplete", query="app_label=betting&model_name=order&field_name=user"),
    asks(ANYBODY, "login"),
    asks(ANYBODY, "logout", body={}),
    acts(STAFF, "live-token", {}),
    asks(STAFF, "live-stakes", query="ids=1"),
    *(acts(OVERSEERS, "check-now", {}, kind, name=kind) for kind in ("ledger", "audit")),
    asks(SETTLES, "console_settle", "market"),
    asks(SETTLES, "console_settle", "market", body={"kind": "void"} | WHY),
    acts(
        SETTLES,
        "console_settle",
        {"kind": "void", "step": "confirm", "digest": "digest"},
        "market",
        name="confirm",
    ),
    asks(STAFF, "console_proposals"),
    asks(STAFF, "console_proposal", "proposal"),
    *(
        acts(SETTLES, "console_proposal", {"end": end}, "proposal", name=end)
        for end in ("approve", "withdraw")
    ),
    asks(ADMIN, "console_create"),
    acts(
        ADMIN,
        "console_create",
        {
            "league": "NBA",
            "home_team": "Lakers",
            "away_team": "Warriors",
            "key": KEY,
            "category": "sports",
            "start_time": "2099-01-01T00:00",
            "status": "active",
            "moneyline_home": "1.85",
            "moneyline_away": "2.10",
        },
        name="made",
    ),
    asks(ADMIN, "console_import"),
    asks(ADMIN, "console_import", body={"file": "file"} | WHY),
    asks(PRICES, "markets_market_effect", "market", query="home=1.9&away=2&seq=1"),
    asks(STAFF, "markets_market_prices", "market", query="group=moneyline"),
    button(ADMIN, "open", "draft"),
    button(PRICES, "suspend"),
    button(PRICES, "resume", "suspended"),
    button(ADMIN, "close"),
    button(PRICES, "odds", seq="1", home="1.90", away="2.05"),
    button(PRICES, "pin"),
    button(PRICES, "release", "pinned"),
    button(ADMIN, "limits", stake_max="12.5"),
    button(ADMIN, "start", start_time="2099-01-01 00:00"),
    button(
        ADMIN,
        "describe",
        "pool",
        question="Who?",
        category="chess",
        league="Cup",
        label_1="Ann",
        label_2="Bo",
    ),
    step("money", move="credit", amount="1", key=KEY),
    step("block"),
    step("unblock", "blocked"),
    step("end"),
    step("role", role="auditor"),
    asks(ADMIN, "auth_user_password_change", "alice"),
    acts(
        ADMIN,
        "auth_user_password_change",
        dict.fromkeys(("password1", "password2"), "another long password"),
        "alice",
        name="set",
    ),
    asks(STAFF, "betting_order_export"),
    asks(STAFF, "betting_ledgerentry_export"),
    asks(OVERSEERS, "accounts_adminaction_export"),
    *chosen(PRICES, "markets.Market", "suspend"),
    *chosen(PRICES, "markets.Market", "resume", of="suspended"),
    *chosen(ADMIN, "markets.Market", "close"),
    *chosen(ADMIN, "accounts.User", "give_role", of="alice", role="auditor"),
    *chosen(ADMIN, "accounts.User", "end_sessions disable", of="alice"),
    *chosen(ADMIN, "accounts.User", "enable", of="blocked"),
    *chosen(ADMIN, "accounts.Session", "end", of="session"),
    *chosen(ADMIN, "chain.Cursor", "replay"),
    *chosen(ADMIN, "chain.Quarantine", "retry"),
    *chosen(ADMIN, "chain.Finding", "dismiss"),
    *chosen(ADMIN, "vault.Withdrawal", "release refuse"),
]
MODELS = list(of_models())
ROWS = [*MODELS, *OWN]


def cells():
    """Yield who asks for what: each of the callers, with KMARKET_PROOF=full.

    Every day, of what all models have, only lists, rows and what is sent, and only by the two
    beside the line: the least of those who are let in, and the greatest of those who are not.
    """
    for row in ROWS if IS_FULL else OWN:
        yield from ((row, caller) for caller in CALLERS)
    for row in () if IS_FULL else MODELS:
        if row.body is None and not row.page.endswith(("_changelist", "_change")):
            continue
        let_in = [caller for caller in CALLERS if row.cell(caller) == IN]
        left_out = [caller for caller in CALLERS if caller not in let_in]
        yield from ((row, caller) for caller in let_in[:1] + left_out[-1:])


@pytest.fixture
def things(db, settings, trader, alice, bob, market, place, open_market, open_pool):
    """What the words in rows stand for: the keys of what is there, by its name or its model."""
    place()
    suspended, pinned, proposed = open_market(), open_market(), open_market()
    market_services.change_status(
        market_id=suspended.pk, event=Event.SUSPEND, actor=trader, reason="a test"
    )
    market_services.set_odds(
        market_id=pinned.pk, changes={}, source=OddsUpdate.Source.ADMIN, actor=trader, reason="x"
    )
    services.set_active(user=bob, active=False, actor=None, reason="a test")
    with transaction.atomic():
        settings.SETTLEMENT_FOUR_EYES = True
        decided = proposals.decide(
            market_id=proposed.pk, decision=Decision(Kind.VOID), actor=trader, reason="a test"
        )
        settings.SETTLEMENT_FOUR_EYES = False
    void = decisions.preview(market_id=market.pk, decision=Decision(Kind.VOID))
    named = {
        "market": market.pk,
        "draft": open_market(status="draft").pk,
        "pool": open_pool().pk,
        "suspended": suspended.pk,
        "pinned": pinned.pk,
        "proposal": decided.proposal.pk,
        "alice": alice.pk,
        "blocked": bob.pk,
        "digest": void.digest,
        "session": services.open_operator_session(user=alice, now=datetime.now(tz=UTC)).pk,
        "user_type": ContentType.objects.get_for_model(User).pk,
    }
    return named | {model._meta.label: quote(a_row_of(model).pk) for model in admin.site._registry}


@pytest.fixture
def ask(things, trader):
    """ask("auditor", row). One client: each would load all middleware anew."""
    client, cookies = Client(), {"nobody": SimpleCookie()}
    for role in Role:
        person = User.objects.create_user(f"the {role}", password="a long password")
        services.set_role(user=person, role=role, actor=None, reason="a test")
        client.force_login(User.objects.get(pk=person.pk))
        cookies[str(role)], client.cookies = client.cookies, SimpleCookie()

    def known(value):
        if value == "file":
            return SimpleUploadedFile("matches.csv", b"league,home_team,away_team\n")
        return things.get(value, value)

    def request(caller, row):
        client.cookies = SimpleCookie({k: v.value for k, v in cookies[caller].items()})
        url = reverse(f"admin:{row.page}", args=[known(word) for word in row.about])
        if row.body is None:
            return client.get(f"{url}?{row.query}")
        return client.post(url, {name: known(value) for name, value in row.body.items()})

    return request


@contextmanager
def writes():
    """Collect the statements that change something."""
    seen = []

    def look(execute, sql, params, many, context):
        if sql.lstrip().split()[0] not in {"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"}:
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield seen


def found(answer, row, written):
    """Return the cell that an answer makes true."""
    if answer.status_code == 302 and answer["Location"].startswith("/admin/login/?"):
        return DOOR
    if answer.status_code == 403 or (row.is_chosen and not written):
        return REFUSED
    if answer.status_code >= 500 or (row.acts and not written):
        return f"{answer.status_code}, nothing done"
    return IN


@takes_its_time
def test_each_cell(ask):
    wrong = {}
    for row, caller in cells():
        # What one caller does is taken back before the next one asks.
        with transaction.atomic(), writes() as written:
            answer = ask(caller, row)
            transaction.set_rollback(True)
        seen, cell = found(answer, row, written), row.cell(caller)
        may_write = cell == IN and row.body is not None
        if seen != cell or (written and not may_write):
            wrong[row.name, caller] = seen, cell, written
    assert wrong == {}


def pages(patterns):
    """The names of all pages."""
    names = set()
    for pattern in patterns:
        within = getattr(pattern, "url_patterns", None)
        names |= {pattern.name} - {None} if within is None else pages(within)
    return names


def test_every_page_has_a_row_and_every_row_a_page():
    assert {row.page for row in ROWS} == pages(admin.site.urls[0])
    assert len({row.name for row in ROWS}) == len(ROWS), "one row each"


def test_every_model_has_its_rows():
    named = [label for labels in LOOKED_AT.values() for label in labels.split()]
    assert sorted(named) == sorted(model._meta.label for model in admin.site._registry)
    assert set(EDITED) <= set(named)


def test_every_button_and_every_action_has_a_row():
    names = {row.name for row in ROWS}
    for model, page in admin.site._registry.items():
        for action in page.actions:
            opts = model._meta
            assert f"{opts.app_label}_{opts.model_name}_changelist {action}" in names
    acts = {*map(str, market_actions.MOVES), *market_actions._DOES}
    assert {f"markets_market_change {name}" for name in acts} <= names
    assert {f"console_person_step {name}" for name in people.STEPS} <= names
