"""Who may call what, by role, endpoint and whose it is: each cell asked, none left out.

An endpoint that is new fails here until it stands in a row of ACCESS.
"""

import json
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import Client

from accounts import services, tokens
from accounts.models import Role, User
from accounts.tokens import Kind
from conftest import ALICE
from trading.submission import Submission
from vault.models import Withdrawal

DOCUMENT = json.loads((django_settings.BASE_DIR / "docs/openapi.json").read_text(encoding="utf-8"))
OPERATIONS = {
    each["operationId"]: (method.upper(), path)
    for path, methods in DOCUMENT["paths"].items()
    for method, each in methods.items()
}

# Columns. `ended` shows a token that was signed out, `socket` one for a handshake; the owner and
# the stranger are users without a role.
CALLERS = (
    *("nobody", "ended", "socket", "guest", "stranger", "owner"),
    *("trader", "settler", "auditor", "admin"),
)
# Cells: let in (whatever the answer to an empty body then is), 401, 403, or told 404.
IN = "in"
PEOPLE = {"owner", "stranger", "trader", "settler", "auditor", "admin"}


def row(*let_in, hidden=(), to_guests=403):
    """A row where no token is none: everybody else is refused or told that nothing is there."""
    cells = dict.fromkeys(("nobody", "ended", "socket"), 401) | {"guest": to_guests}
    cells |= dict.fromkeys(PEOPLE, 403) | dict.fromkeys(hidden, 404)
    return cells | dict.fromkeys(let_in, IN)


DOOR = dict.fromkeys(CALLERS, IN)
PUBLIC = row("nobody", *PEOPLE, to_guests=IN)
SESSION = row(*PEOPLE, to_guests=IN)
USERS = row(*PEOPLE)
OWN = row("owner", hidden=PEOPLE - {"owner"})
OWN_OR_STAFF = row(*PEOPLE - {"stranger"}, hidden=["stranger"])
# Operators' actions, by who may do them.
MANAGES, MONEY = row("admin"), row("admin")
PRICES = row("trader", "admin")
SETTLES = row("settler", "admin")
SEES = row("trader", "settler", "auditor", "admin")

ACCESS = (
    (
        DOOR,
        "healthz readyz config schema socketsSchema docs socketsHealth"
        " nonce verifySignature guestSession",
    ),
    (
        PUBLIC,
        "listMarkets activeMarkets market snapshot oddsUpdates odds settlementVectors chainStatus"
        " pool listMarketTrades candles solvency",
    ),
    (SESSION, "session socketToken makeSocketToken"),
    (
        USERS,
        "me logout logoutAll listOrders placeOrder quoteOrder claimAll balance ledger ownLimits"
        " setOwnLimits faucet listPositions position listTrades listLiquidity"
        " listLiquidityChanges listClaims quoteTrade buyShares sellShares claimShares"
        " submitTransaction addLiquidity removeLiquidity listTransactions vault listDeposits"
        " listWithdrawals withdraw",
    ),
    (OWN_OR_STAFF, "order explainOrder"),
    # Nobody acts for somebody else, whatever their role; who has a voucher can send it.
    (OWN, "claimOrder stats transaction withdrawal"),
    (MANAGES, "createMarket setMarketLimits"),
    (PRICES, "updateMarket releaseOdds overrideOdds bulkOdds"),
    (
        SETTLES,
        "settleMarket previewDecision voidMarket rollBackMarket resettleMarket voidOrder"
        " approveProposal withdrawProposal",
    ),
    (SEES, "listProposals"),
    (MONEY, "creditUser debitUser"),
)
ROWS = {name: cells for cells, names in ACCESS for name in names.split()}
HASH = "0x" + "ab" * 32


@pytest.fixture
def chain(settings):
    """A chain whose node nobody runs: what would ask it is let in, and gets no further."""
    settings.CHAIN_RPC_URLS = ("http://127.0.0.1:9",)
    settings.CHAIN_CONTRACT = "0x" + "c0" * 20
    settings.VAULT_CONTRACT = "0x" + "5a" * 20


@pytest.fixture
def house(chain, place, alice, bob, market):
    """The owner's things, and the words that stand in paths for them."""
    order = place()
    about = {"chain_id": django_settings.CHAIN_ID, "contract": django_settings.CHAIN_CONTRACT}
    Submission.objects.create(user=alice, sender=ALICE, hash=HASH, from_block=1, **about)
    withdrawal = Withdrawal.objects.create(
        user=alice,
        chain_id=django_settings.CHAIN_ID,
        contract=django_settings.VAULT_CONTRACT,
        to=ALICE,
        amount=1,
        state=Withdrawal.State.HELD,
    )
    return {
        "market_id": market.pk,
        "order_id": order.pk,
        "proposal_id": 4711,
        "address": ALICE,
        "tx_hash": HASH,
        "withdrawal_id": withdrawal.pk,
    }


@pytest.fixture
def ask(alice, bob):
    """ask("guest", "GET", "/api/v1/bets"). One client: each would load all middleware anew."""
    now, client = datetime.now(tz=UTC), Client()
    people = {"owner": alice, "stranger": bob}
    for number, role in enumerate(sorted(PEOPLE - set(people))):
        user = User.objects.create_user(f"the {role}", address=f"0x{number:040x}")
        services.set_role(user=user, role=Role(role), actor=None, reason="a test")
        people[role] = User.objects.get(pk=user.pk)

    def session(user):
        return tokens.issue(kind=Kind.USER, user=user, now=now)

    shown = {caller: session(user).token for caller, user in people.items()}
    shown["guest"] = services.open_guest_session(now=now).token
    ended, parent = session(alice), session(alice)
    services.sign_out(session_id=ended.session.pk)
    shown["ended"] = ended.token
    shown["socket"] = services.issue_ws_token(session_id=parent.session.pk, now=now).token

    def request(caller, method, path, query=None):
        headers = {"authorization": f"Bearer {shown[caller]}"} if caller in shown else {}
        if query is not None:
            return client.get(path, query, headers=headers)
        return client.generic(method, path, "{}", content_type="application/json", headers=headers)

    return request


@contextmanager
def nothing_written():
    """Fail on a statement that changes something."""

    def look(execute, sql, params, many, context):
        assert sql.lstrip().split()[0] in {"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"}, sql
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield


def test_every_endpoint_has_a_row_and_every_row_an_endpoint():
    assert set(ROWS) == set(OPERATIONS)
    assert sum(len(names.split()) for _, names in ACCESS) == len(ROWS), "one row each"
    assert all(set(cells) == set(CALLERS) for cells in ROWS.values())


def test_each_cell(house, ask):
    wrong = {}
    for name, cells in ROWS.items():
        method, template = OPERATIONS[name]
        for caller, cell in cells.items():
            # What one caller does is taken back before the next one asks.
            with transaction.atomic(), nullcontext() if cell == IN else nothing_written():
                answer = ask(caller, method, template.format(**house))
                transaction.set_rollback(True)
            if (seen := found(answer.status_code, cells)) != cell:
                wrong[name, caller] = seen, cell
    assert wrong == {}


def found(status, cells):
    """Return the cell that an answer makes true."""
    if status in {401, 403, 500}:
        return status
    return 404 if status == 404 and 404 in cells.values() else IN


def test_a_list_names_nobody_elses(house, ask):
    """What is asked for by somebody's address is still one's own."""
    for path in ("bets", "ledger", "transactions", "vault/withdrawals", "positions", "trades"):
        answer = ask("stranger", "GET", f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["items"]) == (200, []), path
    for caller, total in {"stranger": 0, "owner": 1, "auditor": 1}.items():
        answer = ask(caller, "GET", "/api/v1/bets", {"userAddress": ALICE})
        assert answer.json()["total"] == total, caller
