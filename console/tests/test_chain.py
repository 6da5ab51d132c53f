"""What operators see of the chain, and do about it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import AdminAction, Role
from chain.models import Cursor, Errand, Finding, Quarantine, RawLog

CONTRACT = "0x" + "c0" * 20
HASH = "0x" + "07" * 32
NOW = datetime.now(tz=UTC)


@pytest.fixture
def cursor(db, settings):
    settings.CHAIN_RPC_URLS, settings.CHAIN_CONTRACT = ["http://127.0.0.1:1"], CONTRACT
    return Cursor.objects.create(
        chain_id=settings.CHAIN_ID,
        contract=CONTRACT,
        start_block=1,
        last_block=98,
        last_hash=HASH,
        finalized_block=97,
        finalized_hash=HASH,
        head_block=99,
        progressed_at=datetime.now(tz=UTC),
    )


@pytest.fixture
def run(cursor):
    now = datetime.now(tz=UTC)
    return cursor.reconciliations.create(block_number=97, started_at=now, ended_at=now)


@pytest.fixture
def finding(cursor, run):
    return Finding.objects.create(
        cursor=cursor,
        kind="AMOUNT_MISMATCH",
        subject="fees of pool 1",
        on_chain="7",
        in_database="8",
        evidence={"block": 12},
        found_in=run,
        seen_in=run,
    )


@pytest.fixture
def quarantined(cursor):
    log = RawLog.objects.create(
        chain_id=cursor.chain_id,
        block_number=5,
        block_hash=HASH,
        log_index=0,
        transaction_hash=HASH,
        address=CONTRACT,
        topics=[],
        data="0x",
        block_time=NOW,
    )
    return Quarantine.objects.create(
        cursor=cursor, log=log, reason="undecodable", detail="no topic", payload={}, market_id=1
    )


def home(console):
    context = console.get(reverse("admin:index")).context
    checks = {check.kind: check for check in context["checks"]}
    queues = {str(queue.title): queue.count for queue in context["queues"]}
    vitals = {str(vital.name): vital for vital in context["vitals"]}
    return checks, queues, vitals


def act(console, page, action, row, reason):
    body = {"action": action, "_selected_action": [row.pk], "reason": reason}
    answer = console.post(reverse(f"admin:chain_{page}_changelist"), body, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_without_a_chain_nothing_is_said_of_one(console, db):
    checks, queues, vitals = home(console)
    assert "chain" not in checks
    assert "Logs of the chain in quarantine" not in queues
    assert "Chain" not in vitals


def test_the_home_page_shows_the_comparison_as_one_of_the_checks(console, run):
    checks, _, vitals = home(console)
    assert checks["chain"].is_well
    assert (vitals["Chain"].is_well, vitals["Chain"].says) == (
        True,
        "block 98 of 99 is read; up to 97 all is final",
    )


def test_findings_and_quarantine_count_as_what_waits(console, finding, quarantined):
    checks, queues, _ = home(console)
    assert checks["chain"].run.fault_count == 1
    assert queues["Logs of the chain in quarantine"] == 1
    # Nobody has made the other two checks here.
    assert queues["Failed checks"] == 3
    shown = console.get(checks["chain"].url).content.decode()
    assert "fees of pool 1" in shown


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"trouble": "no node answers"}, "Could not be made"),
        ({"ended_at": NOW - timedelta(hours=1)}, "late: does the clock process run?"),
    ],
)
def test_a_comparison_that_fails_or_is_not_made_is_no_good_news(console, run, changes, says):
    type(run).objects.filter(pk=run.pk).update(**changes)
    checks, queues, _ = home(console)
    assert not checks["chain"].is_well
    assert queues["Failed checks"] == 3
    assert says in console.get(reverse("admin:index")).content.decode()


def test_a_halted_listener_says_why(console, cursor):
    halted = {"halt": "OTHER_HISTORY", "halted_reason": "another chain", "halted_at": NOW}
    Cursor.objects.update(**halted)
    _, _, vitals = home(console)
    assert (vitals["Chain"].is_well, vitals["Chain"].says) == (False, "halted: another chain")


def test_one_that_stands_still_is_not_well(console, cursor):
    Cursor.objects.update(progressed_at=NOW - timedelta(minutes=6))
    assert not home(console)[2]["Chain"].is_well


def test_before_the_first_block_nothing_is_well(console, settings, db):
    settings.CHAIN_RPC_URLS, settings.CHAIN_CONTRACT = ["http://127.0.0.1:1"], CONTRACT
    checks, _, vitals = home(console)
    assert not checks["chain"].is_well
    assert "does run_chain_listener run?" in vitals["Chain"].says


def test_a_finding_is_shown_with_its_evidence_and_dismissed_with_a_reason(console, finding, trader):
    page = console.get(reverse("admin:chain_finding_change", args=[finding.pk])).content.decode()
    assert "{&quot;block&quot;: 12}" in page

    assert act(console, "finding", "dismiss", finding, "") == [
        "Say why: the reason goes into the audit."
    ]
    assert not AdminAction.objects.filter(action__startswith="chain").exists()

    assert act(console, "finding", "dismiss", finding, "a known rounding") == [
        "1 finding dismissed."
    ]
    finding.refresh_from_db()
    assert (finding.resolution, finding.reason) == ("dismissed", "a known rounding")
    assert AdminAction.objects.get(action="chain.finding.dismiss").actor == trader

    said = act(console, "finding", "dismiss", finding, "again")
    assert said[0] == "Amount Mismatch: fees of pool 1: The finding is resolved already."


def test_a_log_in_quarantine_is_tried_again_by_the_listener(console, quarantined, trader):
    said = act(console, "quarantine", "retry", quarantined, "the profile is mended")

    assert said == ["The listener does it as soon as it can; many logs take minutes."]
    errand = Errand.objects.get()
    assert (errand.kind, errand.cursor, errand.done_at) == ("replay", quarantined.cursor, None)
    assert AdminAction.objects.get(action="chain.replay").actor == trader


def test_a_whole_contract_is_projected_anew(console, cursor):
    act(console, "cursor", "replay", cursor, "to be sure")
    assert Errand.objects.get().reason == "to be sure"


@pytest.mark.parametrize("role", [Role.TRADER, Role.SETTLER, Role.AUDITOR])
def test_others_look_and_change_nothing(as_role, finding, quarantined, role):
    console = as_role(role)
    for page, action, row in (
        ("finding", "dismiss", finding),
        ("quarantine", "retry", quarantined),
        ("cursor", "replay", quarantined.cursor),
    ):
        assert console.get(reverse(f"admin:chain_{page}_changelist")).status_code == 200
        act(console, page, action, row, "because")
    assert not Errand.objects.exists()
    assert Finding.objects.unresolved().exists()
