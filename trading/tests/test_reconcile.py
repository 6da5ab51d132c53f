"""Chain and database compared, with the real contract: each thing that is wrong is found."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from eth_utils import to_checksum_address

from accounts.models import AdminAction
from chain import errands, errors, handlers, services
from chain.events import Family
from chain.models import Cursor, Errand, Finding, Quarantine, RawLog, Reconciliation
from chain.nodes import Nodes
from chain.reconcile import NothingIndexed, reconcile
from contracts.tests.stage import E18
from trading.models import (
    Candle,
    Claim,
    Holding,
    Liquidity,
    LpHolding,
    Pause,
    Pool,
    Position,
    Proposal,
    Resolution,
    Trade,
)
from trading.tests.conftest import follow

pytestmark = pytest.mark.needs("node")

NOBODY = "0x" + "99" * 20


def open_ones():
    return {f"{found.kind} {found.subject}" for found in Finding.objects.unresolved()}


def test_what_is_right_has_no_findings(compare):
    run = compare()

    assert (run.trouble, open_ones()) == ("", set())
    cursor = Cursor.objects.get()
    assert (run.block_number, run.block_hash) == (cursor.finalized_block, cursor.finalized_hash)
    # The newest two blocks are not final, and hold trades.
    assert Trade.objects.filter(block_number__gt=run.block_number).count() == 2
    assert run.compared["pools"] == 3
    assert run.compared["holders"] > 5
    # Beside the events there are five logs of roles.
    assert run.compared["rows"] == run.compared["events"] + 2 == RawLog.objects.count() - 5


def first(model):
    return model.objects.order_by("pk").first()


def altered(model, **changes):
    """A seed: the first row of a table says something else."""

    def seed():
        assert model.objects.filter(pk=first(model).pk).update(**changes)

    seed.__name__ = f"{model.__name__} {' '.join(changes)}"
    return seed


def lost(model):
    """A seed: the first row of a table is gone."""

    def seed():
        assert model.objects.filter(pk=first(model).pk).delete()[0]

    seed.__name__ = f"{model.__name__} lost"
    return seed


def a_log_more():
    log = first(RawLog)
    log.pk, log.log_index = None, 999
    log.save()


def a_row_of_a_log_that_does_not_count():
    RawLog.objects.filter(pk=first(Trade).pk).update(is_canonical=False)


def a_holder_more():
    Holding.objects.create(pool=first(Pool), owner=NOBODY, outcome=1, shares=1, cost=0)


def a_provider_more():
    LpHolding.objects.create(
        pool=first(Pool), owner=NOBODY, amount=1, cost=0, given=[0, 0], fee_per_lp=0
    )


def a_fee_that_was_not_earned():
    # Nothing happened in this one after the final block.
    LpHolding.objects.filter(pool__number=2).update(fee_per_lp=F("fee_per_lp") - 2**96)


def a_pause():
    contract = Cursor.objects.get().contract
    Pause.objects.create(contract=contract, number=1, reason="no reason")


def an_unread_log():
    log = first(Claim).log
    Quarantine.objects.create(
        cursor=Cursor.objects.get(), log=log, reason="refused", payload={}, market_id=2
    )


def a_listener_that_stands_still():
    hour_ago = datetime.now(tz=UTC) - timedelta(hours=1)
    Cursor.objects.update(last_block=F("last_block") - 1, progressed_at=hour_ago)


def a_listener_that_halted():
    halted = {"halt": "OTHER_HISTORY", "halted_reason": "another chain"}
    Cursor.objects.update(**halted, halted_at=datetime.now(tz=UTC))


# Each group is sown at once: no finding of a group can stand for another one.
SEEDS = [
    [
        (altered(Pool, backing=F("backing") + 1), "AMOUNT_MISMATCH backing of pool 1"),
        (altered(Holding, shares=F("shares") + 1), "AMOUNT_MISMATCH shares of outcome"),
        (altered(LpHolding, amount=F("amount") + 1), "AMOUNT_MISMATCH LP of"),
        (altered(Trade, fee=F("fee") + 1), "AMOUNT_MISMATCH trade of log"),
        (altered(Liquidity, lp=F("lp") + 1), "AMOUNT_MISMATCH liquidity of log"),
        (altered(Proposal, outcome=0), "AMOUNT_MISMATCH proposal of log"),
        (altered(Resolution, denominator=7), "AMOUNT_MISMATCH resolution of log"),
        (altered(Claim, payout=F("payout") - 1), "AMOUNT_MISMATCH claim of log"),
        (altered(RawLog, data="0x00"), "STATE_MISMATCH log 0 of block"),
        (a_pause, "STATE_MISMATCH pause of pool 1"),
        (a_listener_that_stands_still, "STALE_CURSOR the listener"),
    ],
    [
        (altered(Pool, reserves=[1, 2]), "AMOUNT_MISMATCH reserves of pool 1"),
        (altered(Trade, reserves_after=[1, 2]), "AMOUNT_MISMATCH trade of log"),
        (lost(Holding), "AMOUNT_MISMATCH shares of outcome"),
        (lost(LpHolding), "AMOUNT_MISMATCH LP of"),
        (lost(Proposal), "STATE_MISMATCH row of log"),
        (altered(RawLog, is_canonical=False), "MISSING_LOG log 0 of block"),
        (a_listener_that_halted, "STALE_CURSOR the listener"),
    ],
    [
        (altered(Pool, fees=F("fees") + 1), "AMOUNT_MISMATCH fees of pool 1"),
        (a_holder_more, f"AMOUNT_MISMATCH shares of outcome 1 of {NOBODY} in pool 1"),
        (a_provider_more, f"AMOUNT_MISMATCH LP of {NOBODY} in pool 1"),
        (lost(Claim), "STATE_MISMATCH row of log"),
        (a_log_more, "EXTRA_LOG log 999 of block"),
    ],
    [
        (altered(Pool, lp_supply=F("lp_supply") - 1), "AMOUNT_MISMATCH lp_supply of pool 1"),
        (altered(Pool, fees=F("fees") + 10**30), "SOLVENCY collateral"),
        (lost(Trade), "STATE_MISMATCH row of log"),
        (an_unread_log, "STATE_MISMATCH pause of pool 2"),
    ],
    [
        (altered(Pool, creator=NOBODY), "STATE_MISMATCH creator of pool 1"),
        (altered(Pool, closes_at=1), "AMOUNT_MISMATCH pool of log"),
        (altered(Pool, status="voided"), "STATE_MISMATCH status of pool 1"),
        (lost(Liquidity), "STATE_MISMATCH row of log"),
        (lost(Resolution), "STATE_MISMATCH status of pool 3"),
    ],
    [
        (altered(Pool, number=77), "STATE_MISMATCH pool 77"),
        (a_row_of_a_log_that_does_not_count, "STATE_MISMATCH row of log"),
        (a_row_of_a_log_that_does_not_count, "MISSING_LOG number of events"),
    ],
    [
        (altered(Holding, shares=F("shares") + 1), "SOLVENCY shares of outcome"),
        (altered(Pool, volume=F("volume") + 1), "AMOUNT_MISMATCH volume of pool 1"),
        (altered(LpHolding, cost=F("cost") + 1), "AMOUNT_MISMATCH cost of LP of"),
        (altered(Position, realized=F("realized") + 1), "AMOUNT_MISMATCH realized of"),
        (altered(Claim, share_costs=[7, 7, 7]), "AMOUNT_MISMATCH cost of outcome"),
        (altered(Candle, trade_counts=[9, 9]), "AMOUNT_MISMATCH trades of candles of"),
    ],
    [
        (altered(Pool, trade_count=F("trade_count") + 1), "AMOUNT_MISMATCH trade_count of pool 1"),
        (altered(Holding, cost=F("cost") + 1), "AMOUNT_MISMATCH cost of outcome"),
        (altered(LpHolding, given=[1, 1]), "AMOUNT_MISMATCH given of outcome"),
        (a_fee_that_was_not_earned, "AMOUNT_MISMATCH fees due to"),
        (lost(Position), "AMOUNT_MISMATCH trade_count of"),
        (lost(Candle), "AMOUNT_MISMATCH volume of candles of"),
        (altered(Proposal, pool=0), "STATE_MISMATCH proposal rows without a pool"),
    ],
]


@pytest.mark.parametrize("seeds", SEEDS, ids=range(1, len(SEEDS) + 1))
def test_what_is_wrong_in_any_table_is_found(compare, seeds):
    with connection.constraint_checks_disabled():
        for seed, _ in seeds:
            seed()

    compare()

    found = open_ones()
    missed = [name for _, name in seeds if not any(each.startswith(name) for each in found)]
    assert not missed, found


def test_a_finding_is_open_until_it_is_seen_no_more(compare):
    Pool.objects.filter(number=1).update(fees=F("fees") + 1)
    first_run = compare()
    second_run = compare()

    (finding,) = Finding.objects.filter(kind="AMOUNT_MISMATCH")
    assert (finding.found_in, finding.seen_in) == (first_run, second_run)
    right = str(int(finding.in_database) - 1)
    assert (finding.on_chain, finding.market_id) == (right, 1)

    Pool.objects.filter(number=1).update(fees=F("fees") - 1)
    compare()

    assert open_ones() == set()
    finding.refresh_from_db()
    assert (finding.resolution, finding.seen_in) == ("gone", second_run)


def test_what_was_dismissed_is_news_again_once_it_changes(compare, trader):
    Pool.objects.filter(number=1).update(lp_supply=1)
    compare()
    (finding,) = Finding.objects.all()

    services.dismiss_finding(finding_id=finding.pk, actor=trader, reason="known since May")
    compare()
    assert open_ones() == set()

    Pool.objects.filter(number=1).update(lp_supply=2)
    compare()
    assert open_ones() == {"AMOUNT_MISMATCH lp_supply of pool 1"}

    finding.refresh_from_db()
    assert (finding.resolution, finding.reason) == ("dismissed", "known since May")
    audited = AdminAction.objects.get(action="chain.finding.dismiss")
    assert (audited.actor, audited.reason) == (trader, "known since May")
    with pytest.raises(errors.FindingResolved):
        services.dismiss_finding(finding_id=finding.pk, actor=trader, reason="again")


def test_a_contract_whose_money_is_gone_is_not_solvent(story, indexed, compare):
    node, contract = story.stage.node, story.stage.contract.address
    before = node.rpc("evm_snapshot")
    try:
        node.rpc("anvil_impersonateAccount", contract)
        node.rpc("anvil_setBalance", contract, hex(E18))
        story.stage.do(contract, "transfer", story.bob, 1, to=story.stage.token)
        node.rpc("anvil_mine", "0x2")
        follow(indexed)
        compare()
    finally:
        assert node.rpc("evm_revert", before)

    assert open_ones() == {f"SOLVENCY collateral {story.stage.token.address.lower()}"}


def test_logs_that_are_missing_are_read_once_more(indexed, compare):
    pk = Trade.objects.order_by("pk").values_list("pk", flat=True)[0]
    Trade.objects.filter(pk=pk).delete()
    RawLog.objects.filter(pk=pk).update(is_canonical=False)
    compare()

    errand = Errand.objects.get()
    block = RawLog.objects.get(pk=pk).block_number
    assert (errand.kind, errand.first, errand.last) == ("rescan", block, block)
    assert AdminAction.objects.get(action="chain.rescan").actor is None

    nodes, now = Nodes.of(indexed.rpc_urls), datetime.now(tz=UTC)
    assert errands.carry_out(indexed, nodes, handlers.registered(Family.MARKETS), now)
    assert not errands.carry_out(indexed, nodes, handlers.registered(Family.MARKETS), now)

    errand.refresh_from_db()
    assert (bool(errand.done_at), errand.said) == (True, "read 1 logs, 1 were missing")
    compare()
    assert open_ones() == set()


def test_where_no_node_answers_nothing_is_concluded(indexed, compare):
    Pool.objects.filter(number=1).update(fees=1)
    compare()
    found = open_ones()
    assert found

    away = Nodes.of(["http://127.0.0.1:1"])
    run = reconcile(indexed, away, datetime.now(tz=UTC))

    assert "127.0.0.1:1" in run.trouble
    assert run.ended_at
    assert open_ones() == found


def test_before_anything_is_final_only_the_listener_is_looked_at(followed, transactional_db):
    nodes, now = Nodes.of(followed.rpc_urls), datetime.now(tz=UTC)
    with pytest.raises(NothingIndexed):
        reconcile(followed, nodes, now)

    Cursor.objects.create(
        chain_id=followed.chain_id, contract=followed.contract, start_block=1, last_block=0
    )
    run = reconcile(followed, nodes, now)
    assert (run.block_number, run.compared, open_ones()) == (None, {}, set())


def test_a_contract_without_our_views_is_compared_by_its_logs(indexed):
    foreign = replace(indexed, profile=replace(indexed.profile, functions=()))
    Pool.objects.filter(number=1).update(creator=NOBODY)
    Trade.objects.filter(pk=first(Trade).pk).update(fee=F("fee") + 1)

    run = reconcile(foreign, Nodes.of(indexed.rpc_urls), datetime.now(tz=UTC))

    assert run.trouble == ""
    kinds = {name.rpartition(" ")[0] for name in open_ones()}
    told = {"AMOUNT_MISMATCH pool of log", "AMOUNT_MISMATCH trade of log"}
    assert told <= kinds
    assert "STATE_MISMATCH creator of pool" not in kinds


@pytest.fixture
def as_settings(settings, indexed):
    settings.CHAIN_RPC_URLS = list(indexed.rpc_urls)
    settings.CHAIN_ID = indexed.chain_id
    settings.CHAIN_CONTRACT = indexed.contract
    settings.CHAIN_START_BLOCK = indexed.start_block


def test_the_command_says_that_all_is_right(as_settings, capsys):
    call_command("reconcile_chain")

    said = capsys.readouterr().out
    block = Reconciliation.objects.get().block_number
    assert said.startswith(f"markets: chain and database agree at block {block}: ")
    assert "3 pools" in said


def test_the_command_prints_each_finding_and_fails(as_settings):
    Pool.objects.filter(number=1).update(lp_supply=1)
    said = StringIO()

    with pytest.raises(CommandError, match=r"^markets: 1 findings at block \d+\.$"):
        call_command("reconcile_chain", stderr=said)

    line = r"AMOUNT_MISMATCH: lp_supply of pool 1: on chain \d+, in the database 1\n"
    assert re.fullmatch(line, said.getvalue())


def test_the_status_tells_how_far_the_chain_is_read(as_settings, compare, story):
    run = compare()
    answer = Client().get("/api/v1/chain/status")

    head = int(story.stage.node.rpc("eth_blockNumber"), 16)
    body = answer.json()
    ended = body["reconciliation"].pop("endedAt")
    assert abs(ended - run.ended_at.timestamp() * 1000) < 1
    assert (answer.status_code, body) == (
        200,
        {
            "chainId": 31337,
            "contract": to_checksum_address(story.stage.contract.address),
            "head": head,
            "indexed": head,
            "finalized": head - 2,
            "lag": 0,
            "halted": None,
            "quarantined": 0,
            "reconciliation": {"block": head - 2, "completed": True, "findings": 0},
        },
    )
