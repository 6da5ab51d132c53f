"""The commands around the listener, on a fake node: following, rescanning, replaying."""

import json
import os
import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from chain import abi, locks, signals, status
from chain.artifacts import artifact
from chain.listener import cursor_of
from chain.models import RawLog
from chain.tests import faults
from chain.tests.fake_contract import ALICE, add, buy, create, event, say, sell
from chain.tests.rig import NO_GUARD, canonical_logs, run
from kmarket import leading

FINAL = {"blocks_to_finality": 0}


def tell(rig):
    """Two markets, and some trades in each."""
    rig.chain.mine(create(1), add(1), create(2), add(2))
    for number in range(6):
        rig.chain.mine(buy(1 + number % 2, amount=1000 + number), sell(1, amount=1 + number))


def said(capsys) -> str:
    return capsys.readouterr().out.strip()


# --- run_chain_listener --------------------------------------------------------------------------


def test_sigterm_ends_it_between_two_units(make_rig, caplog):
    rig = make_rig(**FINAL)
    tell(rig)
    rig.poll()
    rig.chain.mine(buy(1))
    rig.chain.mine(buy(2))
    # In the middle of a unit; there would be more to do.
    node = rig.nodes[0]
    node.fault("eth_getLogs", faults.doing(lambda: os.kill(os.getpid(), signal.SIGTERM)), times=1)
    caplog.set_level("INFO", logger="chain")
    call_command("run_chain_listener")
    rig.verdict()
    assert f"Listener: head={rig.chain.head.number} indexed={rig.chain.head.number}" in caplog.text
    assert "quarantined=0" in caplog.text


def test_it_stands_by_while_another_follows(make_rig):
    rig = make_rig(**FINAL)
    tell(rig)
    with leading.locking_connection() as other:
        assert leading.take(other, (locks.LISTENING, cursor_of(rig.config).pk))
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        call_command("run_chain_listener")
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    assert rig.nodes[0].calls == []


def test_where_it_must_not_go_on_it_ends_with_the_reason(make_rig):
    rig = make_rig(**FINAL)
    rig.nodes[0].chain_id = 97
    with pytest.raises(CommandError) as refusal:
        call_command("run_chain_listener")
    reason = str(refusal.value)
    assert reason.startswith("The listener halted: 127.0.0.1:")
    assert "has chain 97, not 31337" in reason
    assert f"The listener halted: {rig.cursor().halted_reason}" == reason


def test_another_start_block_than_the_logs_were_read_from_halts(make_rig, settings):
    rig = make_rig(**FINAL)
    # Nothing is stored yet: whatever is said last counts.
    settings.CHAIN_START_BLOCK = 5
    cursor_of(rig.config)
    tell(rig)
    rig.poll()
    assert rig.cursor().start_block == 1
    with pytest.raises(CommandError, match="CHAIN_START_BLOCK=5, and this contract was indexed"):
        call_command("run_chain_listener")


@pytest.mark.parametrize("command", ["run_chain_listener", "chain_replay", "chain_rescan"])
@pytest.mark.parametrize("how", ["no chain", "no profile"])
def test_what_is_not_configured_is_named(db, settings, tmp_path, command, how):
    settings.CHAIN_RPC_URLS = [] if how == "no chain" else ["http://127.0.0.1:1"]
    settings.CHAIN_PROFILE = tmp_path / "none.json"
    arguments = ["--from", "0"] if command == "chain_rescan" else []
    reason = (
        "There is no chain: set CHAIN_RPC_URLS"
        if how == "no chain"
        else r"none\.json cannot be read"
    )
    with pytest.raises(CommandError, match=reason):
        call_command(command, *arguments)


def test_a_contract_with_words_of_its_own_is_followed_by_its_profile(make_rig, settings, tmp_path):
    """It says Purchase where ours says SharesBought, and buyer for trader."""
    profile, entries = json.loads(settings.CHAIN_PROFILE.read_text()), artifact("OddsMarket").abi
    (bought,) = [entry for entry in entries if entry.get("name") == "SharesBought"]
    words = {"trader": "buyer"}
    inputs = [each | {"name": words.get(each["name"], each["name"])} for each in bought["inputs"]]
    others = [entry for entry in entries if entry is not bought]
    renamed = bought | {"name": "Purchase", "inputs": inputs}
    (tmp_path / "abi.json").write_text(json.dumps([*others, renamed]))
    profile["abi"] = "abi.json"
    profile["events"]["SharesBought"] = {"event": "Purchase", "fields": words}
    settings.CHAIN_PROFILE = tmp_path / "profile.json"
    settings.CHAIN_PROFILE.write_text(json.dumps(profile))
    topic = abi.topic_of("Purchase", [each["type"] for each in inputs])

    def purchase(seq):
        values = {"marketId": 1, "trader": ALICE, "outcome": 1, "seq": seq, "collateralIn": 9}
        said = event("SharesBought", **values, fee=1, sharesOut=15, poolsAfter=[5, 6])
        return replace(said, topics=(topic, *said.topics[1:]))

    rig = make_rig(**FINAL)
    rig.chain.mine(create(1), add(1), say(purchase, is_sense=True))
    rig.poll()
    rig.verdict()
    assert rig.quarantined() == []
    # What ours would say means nothing there.
    rig.chain.mine(buy(1))
    rig.poll()
    assert [reason for *_, reason in rig.quarantined()] == ["undecodable"]


# --- chain_rescan --------------------------------------------------------------------------------


def test_a_rescan_finds_what_a_node_had_kept_to_itself(make_rig, capsys):
    rig = make_rig(**FINAL)
    tell(rig)
    # The very last one: no later number betrays it.
    with rig.nodes[0].faulty("eth_getLogs", faults.without_the_last):
        rig.poll()
    call_command("chain_rescan", "--from", "1")
    assert said(capsys) == "Read 16 logs: 1 were missing, 0 are not on the chain."
    rig.verdict()
    capsys.readouterr()
    call_command("chain_rescan", "--from", "3", "--to", "5")
    assert said(capsys) == "Read 6 logs: 0 were missing, 0 are not on the chain."


def test_a_rescan_takes_nothing_away(make_rig):
    rig = make_rig(**FINAL)
    tell(rig)
    rig.poll()
    with (
        rig.nodes[0].faulty("eth_getLogs", faults.without_the_last),
        pytest.raises(CommandError, match=r"does not have 1 logs that are stored, .* block 7\."),
    ):
        call_command("chain_rescan", "--from", "1")
    rig.verdict()


def test_a_rescan_asks_for_less_where_a_range_is_too_large(make_rig):
    rig = make_rig(**FINAL)
    tell(rig)
    rig.poll()
    words = faults.range_too_large(faults.TOO_LARGE["bsc"], blocks=2)
    with rig.nodes[0].faulty("eth_getLogs", words):
        call_command("chain_rescan", "--from", "1")
    with (
        rig.nodes[0].faulty("eth_getLogs", faults.too_large),
        pytest.raises(CommandError, match="No node can be asked"),
    ):
        call_command("chain_rescan", "--from", "1")
    rig.verdict()


def test_a_rescan_before_anything_was_read_says_so(make_rig):
    make_rig()
    with pytest.raises(CommandError, match="Nothing is indexed yet"):
        call_command("chain_rescan", "--from", "1")


def test_the_listener_may_go_on_while_a_rescan_reads(make_rig, capsys):
    rig = make_rig(blocks_to_finality=2)
    tell(rig)
    rig.poll()
    node, done = rig.nodes[0], []

    def follow():
        rig.poll()
        # We are in the node's thread.
        connections.close_all()

    def go_on():
        if not done:
            done.append(rig.chain.mine(buy(1), buy(2)))
            follow()

    with node.faulty("eth_getLogs", faults.doing(go_on), times=1):
        call_command("chain_rescan", "--from", "1")
    assert said(capsys) == "Read 16 logs: 0 were missing, 0 are not on the chain."
    done.clear()

    def turn():
        if not done:
            done.append(rig.chain.reorg(1, [buy(1, amount=5)], []))
            follow()

    with (
        node.faulty("eth_getLogs", faults.doing(turn, is_after=True), times=1),
        pytest.raises(CommandError, match="The chain changed while it was compared"),
    ):
        call_command("chain_rescan", "--from", "1")
    rig.verdict()


def test_a_node_that_threw_its_first_block_away_is_as_good_as_any(make_rig):
    rig = make_rig(blocks_to_finality=3)
    tell(rig)
    rule = rig.nodes[0].fault(
        "eth_getBlockByNumber", faults.result(None), when=lambda call: call.params[0] == "0x0"
    )
    rig.poll()
    assert rule.hits
    assert rig.cursor().genesis_hash == ""
    rig.nodes[0].heal()
    rig.chain.mine(buy(1))
    rig.restart()
    rig.poll()
    assert rig.cursor().genesis_hash == rig.chain.canonical[0].hash
    rig.verdict()


def test_an_operator_may_say_that_the_node_is_right_after_all(make_rig):
    rig = make_rig(**FINAL)
    tell(rig)
    rig.poll()
    before = canonical_logs()
    rig.chain.reorg(3, [buy(1, amount=5)], [buy(2, amount=6)], [], [buy(1, amount=7)])
    reason = rig.poll_halted()
    final = rig.cursor().finalized_block
    assert f"chain_rescan --from {final} --accept" in reason
    with pytest.raises(CommandError, match="reorganisation below the finalized block"):
        call_command("chain_rescan", "--from", "1")
    # The branches part below: half of the truth is none.
    with pytest.raises(CommandError, match=f"say --from {final - 1} or less"):
        call_command("chain_rescan", "--from", str(final), "--accept")
    assert canonical_logs() == before

    # The trigger of these tests would not hear of it.
    run(NO_GUARD)
    call_command("chain_rescan", "--from", str(final - 2), "--accept")
    cursor = rig.cursor()
    assert (cursor.halted_reason, cursor.halted_at) == ("", None)
    rig.poll()
    rig.verdict()
    # Nothing is deleted: the logs of the other branch are there, and count no more.
    assert RawLog.objects.filter(is_canonical=False).count() == 6


def test_a_replay_says_what_it_did(make_rig, capsys):
    rig = make_rig(**FINAL)
    call_command("chain_replay")
    assert said(capsys) == "Replayed 0 logs; 0 in quarantine."
    tell(rig)
    rig.recorder.refuses = lambda placed: placed.log.block_number == 3
    rig.poll()
    call_command("chain_replay")
    assert said(capsys) == "Replayed 16 logs; 2 in quarantine."


# --- What is told --------------------------------------------------------------------------------


def test_a_reorganisation_is_announced_with_its_size(make_rig):
    rig = make_rig(blocks_to_finality=1000)
    tell(rig)
    rig.poll()
    told = []

    def listen(**about):
        told.append((about["from_block"], about["depth"], about["logs"]))

    signals.reorganised.connect(listen)
    rig.chain.reorg(2, [buy(1, amount=5)])
    rig.poll()
    rig.chain.reorg(1, [], [])
    rig.poll()
    signals.reorganised.disconnect(listen)
    assert told == [(6, 2, 4), (6, 1, 1)]
    cursor = rig.cursor()
    assert (cursor.reorg_count, cursor.reorg_depth_last, cursor.reorg_depth_max) == (2, 1, 2)


@pytest.mark.parametrize(("depth", "asked_most"), [(1, 16), (150, 700)])
def test_the_way_back_to_the_ancestor_is_walked_in_strides(make_rig, depth, asked_most):
    rig = make_rig(blocks_to_finality=1000)
    tell(rig)
    rig.chain.mine_empty(160)
    rig.poll()
    before = len(rig.nodes[0].calls)
    rig.chain.reorg(depth)
    rig.poll()
    # Per block of the branch a header on the way back, a header and logs on the way up.
    assert len(rig.nodes[0].calls) - before <= asked_most
    assert rig.cursor().reorg_depth_last == depth
    rig.verdict()


def test_the_numbers_tell_how_it_goes(make_rig):
    rig = make_rig(blocks_to_finality=3)
    tell(rig)
    rig.recorder.refuses = lambda placed: placed.log.block_number == 3
    rig.poll()
    rig.nodes[0].stop()
    later = rig.cursor().progressed_at + timedelta(seconds=90)
    told = status.of(rig.cursor(), later)
    assert (told.head, told.indexed, told.finalized) == (7, 7, 4)
    assert (told.lag, told.finalized_lag) == (0, 3)
    assert (told.quarantined, told.findings, told.halted) == (2, 0, None)
    assert told.seconds_since_progress == 90.0


def test_a_chain_that_goes_on_without_us_shows_as_a_lag(make_rig):
    rig = make_rig(blocks_to_finality=3)
    tell(rig)
    rig.poll()
    rig.chain.mine_empty(5)
    with rig.nodes[0].faulty("eth_getLogs", faults.bad_gateway):
        rig.try_for(seconds=10)
    told = status.of(rig.cursor(), rig.now)
    assert (told.head, told.indexed, told.lag) == (12, 7, 5)


def test_before_the_first_block_most_numbers_are_not_known(make_rig):
    rig = make_rig()
    cursor = cursor_of(rig.config)
    told = status.of(cursor, rig.now)
    assert (told.head, told.indexed, told.finalized, told.lag) == (None, 0, None, None)
    assert told.seconds_since_progress is None
    assert status.cursor_of(1, rig.config.contract) is None
