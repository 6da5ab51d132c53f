"""The parts of a comparison, without a node."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest

from chain import errors, own_checks, reconcile
from chain.artifacts import artifact
from chain.calls import Interface
from chain.checks import Moment
from chain.models import Cursor, Finding, Reconciliation
from chain.profiles import Profile
from chain.views import View

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HASH = "0x" + "07" * 32


def moment(*, start=1, block, previous=None, suspects=()):
    return Moment(
        now=NOW,
        cursor=Cursor(chain_id=56, contract="0x", start_block=start, last_block=block),
        profile=Profile({}, 1),
        block=block,
        block_hash=HASH,
        previous=previous,
        suspects=[Finding(evidence=evidence) for evidence in suspects],
        chance=Random(7),
    )


@pytest.mark.parametrize(
    ("seen", "spans"),
    [
        # All of it at first, in portions.
        (moment(block=1200), [(1, 500), (501, 1000), (1001, 1200)]),
        (moment(block=3), [(1, 3)]),
        # Then what is new. With nothing new, the newest block once more.
        (moment(block=9, previous=9, start=9), [(9, 9)]),
        # What was found wrong, as long as it is a block of ours.
        (
            moment(block=5, suspects=[{"block": 2}, {"block": 77}, {"owner": "0x"}]),
            [(1, 5), (2, 2)],
        ),
    ],
)
def test_the_blocks_to_look_at(seen, spans):
    assert own_checks._spans(seen) == spans


def test_beside_new_blocks_some_old_ones_are_looked_at():
    fresh, *old = own_checks._spans(moment(block=10_000, previous=9_900))
    assert fresh == (9_901, 10_000)
    assert len(old) == own_checks.OLD_RANGES
    assert all(1 <= first <= last <= 9_900 for first, last in old)


def test_after_a_long_time_only_the_newest_are():
    spans = own_checks._spans(moment(block=10**6, previous=1))
    new = [span for span in spans if span[1] - span[0] + 1 == own_checks.RANGE_BLOCKS]
    assert (10**6 - own_checks.RANGE_BLOCKS + 1, 10**6) in new
    assert len(spans) <= own_checks.RANGES_MAX + own_checks.OLD_RANGES


@pytest.mark.parametrize(
    ("cursor", "block"),
    [
        ({"last_block": 9, "last_hash": "0x9"}, (0, "")),
        ({"last_block": 0, "finalized_block": 9, "finalized_hash": "0x9"}, (0, "")),
        (
            {"last_block": 9, "last_hash": "0x9", "finalized_block": 7, "finalized_hash": "0x7"},
            (7, "0x7"),
        ),
        (
            {"last_block": 5, "last_hash": "0x5", "finalized_block": 7, "finalized_hash": "0x7"},
            (5, "0x5"),
        ),
    ],
)
def test_the_block_that_is_compared_is_final_and_indexed(cursor, block):
    assert reconcile._final(Cursor(start_block=1, **cursor)) == block


def view(*answers):
    """A view of our contract by a node that answers thus."""
    node = SimpleNamespace(name="memory", batch=lambda calls: list(answers))
    config = SimpleNamespace(contract="0x" + "c0" * 20)
    functions = Interface(artifact("OddsMarket").abi)
    return View(node, config, sight=None, block=1, block_hash=HASH, functions=functions)


def test_a_refusal_of_the_contract_is_an_answer():
    nine, reverted = f"0x{9:064x}", errors.Reverted("execution reverted: UnknownMarket", 3)
    assert view(nine, reverted).ask([("seq", [])] * 2) == [9, None]


@pytest.mark.parametrize(
    "answer", [errors.Behind("missing trie node"), errors.Refused("out of range", -32602), "0x", 7]
)
def test_whatever_else_is_said_is_none(answer):
    with pytest.raises(errors.NodeError):
        view(answer).ask([("seq", [])])


def test_events_that_are_not_counted_without_gaps_are_not_counted_here(db):
    cursor = Cursor.objects.create(
        chain_id=56, contract="0x" + "c0" * 20, start_block=1, last_block=0
    )
    of_another = replace(moment(block=9), cursor=cursor, profile=Profile({}, None))
    assert list(own_checks.count(of_another).compare(view(f"0x{9:064x}"))) == []


def test_the_clock_compares_what_is_indexed_when_it_is_time(
    monkeypatch, settings, transactional_db
):
    settings.CHAIN_RPC_URLS, settings.CHAIN_CONTRACT = ["http://127.0.0.1:1"], "0x" + "c0" * 20
    settings.CHAIN_RECONCILE_SECONDS = 60
    key = {"chain_id": settings.CHAIN_ID, "contract": settings.CHAIN_CONTRACT}
    Cursor.objects.create(**key, start_block=1, last_block=0)
    assert reconcile.start_due(NOW) is None

    Cursor.objects.update(last_block=1, last_hash=HASH)
    thread = reconcile.start_due(NOW)
    thread.join(20)
    assert not thread.is_alive()
    assert "127.0.0.1:1" in Reconciliation.objects.get().trouble

    assert reconcile.start_due(NOW + timedelta(seconds=59)) is None
    monkeypatch.setattr(reconcile._last, "thread", SimpleNamespace(is_alive=lambda: True))
    assert reconcile.start_due(NOW + timedelta(seconds=60)) is None
    monkeypatch.setattr(reconcile._last, "thread", None)
    reconcile.start_due(NOW + timedelta(seconds=60)).join(20)
    assert Reconciliation.objects.count() == 2
