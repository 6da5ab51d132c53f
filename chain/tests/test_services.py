"""What operators order, and what comes of it, without a node."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from accounts.models import AdminAction
from chain import errands, services
from chain.config import ChainConfig
from chain.finality import Finality
from chain.models import Cursor, Errand, Finding, Reconciliation
from chain.nodes import Nodes
from chain.profiles import Profile
from chain.tests.fake_contract import CONTRACT

NOW = datetime(2026, 11, 21, tzinfo=UTC)
FOLLOWED = ChainConfig(56, CONTRACT, 1, Finality(), Profile({}, 1))


class Counting:
    """A handler that counts how often all is forgotten."""

    resets = 0

    def reset(self, contract):
        assert contract == CONTRACT
        self.resets += 1

    def replayed(self, contract):
        assert contract == CONTRACT


@pytest.fixture
def cursor(transactional_db):
    return Cursor.objects.create(chain_id=56, contract=CONTRACT, start_block=1, last_block=0)


@pytest.fixture
def carry_out():
    nodes = Nodes.of(["http://127.0.0.1:1"])
    return lambda handler: errands.carry_out(FOLLOWED, nodes, handler, NOW)


def test_a_replay_is_ordered_carried_out_once_and_audited(cursor, trader, carry_out):
    services.order_replay(cursor=cursor, actor=trader, reason="the profile is mended")
    handler = Counting()

    assert carry_out(handler)
    assert not carry_out(handler)

    errand = Errand.objects.get()
    assert (handler.resets, errand.said) == (1, "projected 0 logs anew")
    audited = AdminAction.objects.get()
    assert (audited.actor, audited.action) == (trader, "chain.replay")
    assert (audited.reason, audited.target_id) == ("the profile is mended", str(errand.pk))


def test_an_errand_that_fails_says_why_and_holds_up_no_other(cursor, carry_out):
    services.order_rescan(cursor=cursor, first=5, last=9, actor=None, reason="logs are missing")
    services.order_replay(cursor=cursor, actor=None, reason="to see")
    handler = Counting()

    assert carry_out(handler)
    assert carry_out(handler)

    failed, done = Errand.objects.order_by("pk")
    assert "No node can be asked" in failed.said
    assert done.said == "projected 0 logs anew"


def test_errands_of_another_contract_are_left_to_its_listener(cursor, carry_out):
    other = Cursor.objects.create(
        chain_id=56, contract="0x" + "0" * 40, start_block=1, last_block=0
    )
    services.order_replay(cursor=other, actor=None, reason="to see")
    assert not carry_out(Counting())


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "rescan"},
        {"kind": "rescan", "first": 2, "last": 1},
        {"kind": "replay", "first": 1, "last": 1},
    ],
)
def test_a_rescan_names_its_blocks(cursor, changes):
    with pytest.raises(IntegrityError, match="errand_blocks_iff_rescan"):
        Errand.objects.create(cursor=cursor, reason="", **changes)


@pytest.fixture
def finding(cursor):
    run = Reconciliation.objects.create(cursor=cursor, started_at=NOW)
    return Finding.objects.create(
        cursor=cursor, kind="SOLVENCY", subject="collateral", found_in=run, seen_in=run
    )


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"kind": "ODD"}, "finding_kind_known"),
        ({"resolved_at": NOW}, "finding_resolved_with_resolution"),
        ({"resolution": "gone"}, "finding_resolved_with_resolution"),
        ({"resolved_at": NOW, "resolution": "forgotten"}, "finding_resolved_with_resolution"),
    ],
)
def test_what_a_finding_cannot_be_is_refused(finding, changes, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        Finding.objects.filter(pk=finding.pk).update(**changes)


def test_one_thing_is_found_once_at_a_time(finding):
    finding.pk = None
    with pytest.raises(IntegrityError, match="finding_open_once"):
        finding.save(force_insert=True)


def test_trouble_ends_a_comparison(finding):
    with pytest.raises(IntegrityError, match="reconciliation_trouble_ends_it"):
        Reconciliation.objects.update(trouble="no node answers")
