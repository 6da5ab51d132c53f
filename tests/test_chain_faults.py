"""Everything that may go wrong between the chain and us, and the tests that show how it ends.

After each: the canonical raw logs are the chain's, the projection is what a replay gives, nobody
has money twice, and nothing below a final block was taken back. `KMARKET_PROOF=full` tries far
more of it: all answers at each call, and long histories.
"""

import ast
from pathlib import Path

import pytest
from django.conf import settings

REORGS = "chain/tests/test_reorganisations.py"
FINALITY = "chain/tests/test_finality.py"
UNTRUE = "chain/tests/test_untrue_answers.py"
REFUSALS = "chain/tests/test_refusals.py"
STRANGE = "chain/tests/test_strange_logs.py"
KILLS = "e2e/test_kill_listener.py"
ANVIL = "e2e/test_chain_on_anvil.py"
RECONCILE = "trading/tests/test_reconcile.py"

BROKEN = [
    (REFUSALS, "test_every_call_may_break_once"),
    (REFUSALS, "test_a_call_may_break_in_every_way"),
    (REFUSALS, "test_what_breaks_for_a_while_is_waited_out"),
]
STRANGE_LOG = [(STRANGE, "test_a_strange_log_is_kept_aside_and_everything_else_goes_on")]

FAULTS = {
    "anything, in any order": [
        (
            "chain/tests/test_machine.py",
            "test_whatever_happens_what_is_stored_is_what_the_chain_says",
        )
    ],
    "anything, with the projection that is used": [
        (
            "trading/tests/test_machine.py",
            "test_whatever_happens_everybody_has_what_the_contract_says",
        )
    ],
    # --- Reorganisations
    "reorg of depth 1, 2, n": [
        (REORGS, "test_a_branch_takes_the_place_of_another"),
        (REORGS, "test_a_branch_takes_the_place_of_all_blocks"),
        (REORGS, "test_a_market_goes_away_with_all_that_happened_in_it_and_comes_back_otherwise"),
        (REORGS, "test_the_chain_goes_back_to_a_branch_that_it_had_left"),
        (REORGS, "test_the_other_branch_may_be_shorter"),
        (REORGS, "test_one_that_was_not_stored_yet_is_nothing_special"),
        (REORGS, "test_one_down_to_the_block_above_what_is_final_is_still_one"),
        (ANVIL, "test_a_reorganisation"),
        (ANVIL, "test_a_node_that_falls_back_and_goes_another_way"),
    ],
    "the same transaction mined again elsewhere": [
        (REORGS, "test_a_transaction_is_mined_again_in_another_block_at_another_place"),
        (REORGS, "test_a_transaction_is_mined_again_in_the_same_place_of_another_block"),
    ],
    "a transaction dropped": [(REORGS, "test_a_transaction_is_dropped")],
    "a transaction replaced": [(REORGS, "test_a_transaction_is_replaced")],
    "two reorgs back to back": [(REORGS, "test_two_follow_each_other")],
    "a reorg during a range scan": [
        (REORGS, "test_one_may_come_at_any_call"),
        (REORGS, "test_the_chain_may_change_its_mind_all_the_time"),
    ],
    "a reorg during the database transaction": [
        (REORGS, "test_one_comes_while_what_it_takes_away_is_being_stored"),
        (REORGS, "test_one_comes_while_another_is_being_stored"),
    ],
    "a reorg below finality": [
        (REORGS, "test_one_of_what_is_final_stops_everything_and_changes_nothing"),
        (REORGS, "test_one_of_what_is_final_is_accepted_by_an_operator"),
        (ANVIL, "test_a_reorganisation_of_what_was_final_halts"),
    ],
    # --- Finality
    "finality missing": [
        (FINALITY, "test_without_the_tag_everything_is_indexed_and_nothing_is_final")
    ],
    "finality stalling": [(FINALITY, "test_it_may_stand_still")],
    "finality going back": [(FINALITY, "test_it_never_goes_back")],
    "finality ahead of what we know": [
        (FINALITY, "test_it_may_pass_over_a_reorganisation_that_was_not_seen_yet"),
        (FINALITY, "test_one_above_the_head_is_not_taken_further_than_the_head"),
    ],
    # --- The same twice, and the wrong order
    "duplicate logs": [(UNTRUE, "test_an_untrue_list_of_logs_is_not_believed")],
    "the same range twice": [(UNTRUE, "test_the_same_range_twice_is_once")],
    "another payload under the same key": [
        (UNTRUE, "test_another_payload_under_the_same_key_is_an_incident"),
        (UNTRUE, "test_another_payload_under_the_same_key_stops_a_rescan"),
        (UNTRUE, "test_another_payload_of_a_log_that_did_not_count_stops_a_rescan"),
    ],
    "two workers": [
        (UNTRUE, "test_two_workers_do_the_work_of_one"),
        (KILLS, "test_two_listeners_do_the_work_of_one"),
        (KILLS, "test_another_listener_takes_over_from_one_that_is_killed"),
    ],
    "events out of order": [(UNTRUE, "test_an_untrue_list_of_logs_is_not_believed")],
    "a trade before its market": [(STRANGE, "test_a_trade_before_its_market_is_kept_aside")],
    # --- Nodes that do not know
    "a node behind: nothing, or a cut range": [
        (UNTRUE, "test_a_node_that_lags_is_waited_for"),
        (UNTRUE, "test_a_node_may_fall_back_behind_what_it_had_told"),
    ],
    "the head jumping between nodes": [
        (UNTRUE, "test_the_head_may_jump_between_the_nodes_behind_one_address"),
        (REFUSALS, "test_nodes_on_two_branches_are_not_mixed"),
    ],
    "the wrong chain id at the start": [
        (UNTRUE, "test_the_wrong_chain_is_not_listened_to"),
        (REFUSALS, "test_a_node_of_another_chain_among_ours_is_not_asked"),
    ],
    "the wrong chain id later": [
        (UNTRUE, "test_a_node_that_turns_into_one_of_another_chain_is_not_listened_to")
    ],
    # --- Nodes that refuse and break
    "a range too large, in each wording": [
        (REFUSALS, "test_a_range_that_is_too_large_is_halved_whatever_they_call_it"),
        (REFUSALS, "test_a_range_shrinks_to_one_block_and_grows_again"),
        (REFUSALS, "test_a_single_block_that_is_too_large_is_not_skipped"),
        (REFUSALS, "test_a_rescan_of_a_block_that_is_too_large_ends"),
    ],
    "results cut silently": [
        (UNTRUE, "test_logs_that_one_answer_left_out_are_found_by_the_count_of_events"),
        (UNTRUE, "test_logs_that_one_node_leaves_out_are_had_from_another"),
        (UNTRUE, "test_the_last_logs_of_all_that_were_left_out_are_found_by_a_rescan"),
        (UNTRUE, "test_logs_that_all_nodes_leave_out_are_told_and_found_by_a_rescan"),
    ],
    "a time-out": [(REFUSALS, "test_a_node_that_says_nothing_runs_into_the_time_out")],
    "413, 502, HTML, truncated JSON": BROKEN,
    "429 with and without Retry-After": [
        (REFUSALS, "test_after_a_429_it_waits_as_long_as_it_is_told_and_asks_for_the_same_range"),
        (REFUSALS, "test_without_retry_after_it_backs_off_by_itself"),
    ],
    "batches refused, cut, answered in any order": [
        (REFUSALS, "test_a_node_may_take_no_batches_or_small_ones"),
        (REFUSALS, "test_a_batch_may_be_answered_in_any_order"),
    ],
    "every endpoint down": [
        (REFUSALS, "test_every_node_is_down_and_they_come_back_one_by_one"),
        (REFUSALS, "test_another_node_takes_over"),
    ],
    "endpoints flapping": [(REFUSALS, "test_nodes_that_flap_hold_nothing_up")],
    "a node that gives our secrets away": [
        (REFUSALS, "test_the_key_in_a_node_s_url_is_never_told")
    ],
    # --- Logs that are none
    "an untrue log or header": [
        (UNTRUE, "test_an_untrue_list_of_logs_is_not_believed"),
        (UNTRUE, "test_an_untrue_header_is_not_believed"),
        (UNTRUE, "test_a_header_whose_parent_nobody_knows_is_waited_out"),
    ],
    "unknown market and topic": STRANGE_LOG,
    "a foreign address with our topic": [
        (STRANGE, "test_what_others_emit_is_none_of_ours"),
        (UNTRUE, "test_an_untrue_list_of_logs_is_not_believed"),
    ],
    "dirty padding, short data, huge array length, outcome out of range": STRANGE_LOG,
    "amount 0 and 2^256 - 1": [(STRANGE, "test_amounts_are_whatever_fits_the_contract_s_numbers")],
    "a hole in the count of events": [
        (STRANGE, "test_a_hole_in_the_count_of_events_that_is_in_the_chain_itself_is_told")
    ],
    "what was kept aside, later": [
        (STRANGE, "test_a_reorganisation_takes_what_is_kept_aside_with_it"),
        (STRANGE, "test_a_replay_takes_up_what_makes_sense_by_then"),
    ],
    # --- Ends of ours
    "kill -9 between fetch and insert": [
        (KILLS, "test_what_is_killed_while_it_asks_happens_once"),
        (KILLS, "test_what_is_killed_while_it_is_stored_happens_once"),
    ],
    "kill -9 between insert and cursor": [
        (KILLS, "test_what_is_killed_while_it_is_stored_happens_once")
    ],
    "kill -9 inside the rollback": [
        (KILLS, "test_what_is_killed_while_it_is_rolled_back_is_rolled_back_once")
    ],
    "kill -9 in the commit": [(KILLS, "test_what_is_killed_while_it_commits_has_happened_once")],
    "the database down": [(KILLS, "test_a_database_that_is_away_is_waited_for")],
    "a deadlock": [(KILLS, "test_a_deadlock_is_survived")],
    "the connection lost after COMMIT was sent": [
        (KILLS, "test_a_commit_whose_answer_is_lost_has_happened_once"),
        (KILLS, "test_a_commit_of_a_rollback_whose_answer_is_lost_has_happened_once"),
        (KILLS, "test_a_commit_that_never_arrived_has_not_happened_and_happens_once"),
    ],
    # --- What nobody noticed
    "a mismatch in each projected table": [
        (RECONCILE, "test_what_is_wrong_in_any_table_is_found"),
        (RECONCILE, "test_logs_that_are_missing_are_read_once_more"),
    ],
}


def functions_of(path: str) -> set[str]:
    tree = ast.parse((settings.BASE_DIR / Path(path)).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_its_tests(fault):
    for path, name in FAULTS[fault]:
        assert name in functions_of(path), f"{path}: {name}"


@pytest.mark.parametrize("path", [REORGS, FINALITY, UNTRUE, REFUSALS, STRANGE, KILLS, ANVIL])
def test_every_test_of_a_fault_is_listed(path):
    listed = {name for found in FAULTS.values() for where, name in found if where == path}
    unlisted = {name for name in functions_of(path) if name.startswith("test_")} - listed
    # How it is, where nothing goes wrong.
    assert unlisted <= {
        "test_a_handler_hears_of_it_as_reading_comes_up_to_it",
        "test_a_long_absence_ends_in_a_range_that_joins_what_we_have",
        "test_events_that_the_profile_ignores_are_kept_and_mean_nothing",
        "test_it_may_be_a_number_of_confirmations",
    }
