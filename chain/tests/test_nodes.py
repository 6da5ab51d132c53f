"""Which node is asked, and for how long one is left alone. No network: nodes are only counted."""

from datetime import UTC, datetime, timedelta

import pytest

from chain import errors
from chain.errors import Halted, NoNode
from chain.nodes import Nodes
from chain.rpc import Node

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
URLS = ["http://one.example/key", "http://two.example/key", "http://one.example/other-key"]

away, slow, behind = errors.Away("away"), errors.TimedOut("slow"), errors.Behind("behind")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def nodes():
    return Nodes.of(URLS)


@pytest.fixture
def lone():
    return Nodes.of(URLS[:1])


def picked(nodes, seconds=0.0):
    """The node that is asked, or for how long there is none."""
    try:
        return nodes.pick(at(seconds)).name
    except NoNode as exc:
        return exc.wait_seconds


def fail(nodes, exc, *, times=1, seconds=0.0, node=None):
    for _ in range(times):
        nodes.failed(node or nodes.pick(at(seconds)), exc, at(seconds))


def test_names_tell_nodes_apart_and_no_key(nodes):
    assert [node.name for node in nodes._nodes] == ["one.example", "two.example", "one.example#2"]


def test_the_first_is_preferred_and_stayed_with(nodes):
    first = nodes.pick(NOON)
    assert first.name == "one.example"
    nodes.worked(first, NOON, head=100)
    assert nodes.pick(at(1)) is first
    fail(nodes, away)
    # What failed is not gone back to at once, though it may be asked again.
    second = nodes.pick(at(1))
    assert second.name == "two.example"
    nodes.worked(second, at(1), head=100)
    nodes.worked(first, at(1), head=100)
    assert nodes.pick(at(2)) is second


def test_three_failures_open_the_circuit_for_longer_and_longer(lone):
    fail(lone, away, times=2)
    assert picked(lone) == "one.example"
    fail(lone, slow)
    assert picked(lone) == 1.0
    assert picked(lone, 0.4) == pytest.approx(0.6)
    waits = []
    seconds = 1.0
    for _ in range(8):
        fail(lone, away, seconds=seconds)
        waits.append(picked(lone, seconds))
        seconds += waits[-1]
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    lone.worked(lone.pick(at(seconds)), at(seconds))
    fail(lone, away, times=2, seconds=seconds)
    assert picked(lone, seconds) == "one.example"


@pytest.mark.parametrize(
    ("told", "wait"), [(7.0, 7.0), (0.0, "one.example"), (None, 1.0), (86_400.0, 600.0)]
)
def test_a_rate_limit_is_waited_out_as_long_as_it_says(lone, told, wait):
    fail(lone, errors.RateLimited("slow down", told))
    assert picked(lone) == wait


def test_rate_limits_without_a_word_take_longer_each_time(lone):
    seconds = 0.0
    for wait in (1, 2, 4):
        fail(lone, errors.RateLimited("slow down"), seconds=seconds)
        assert picked(lone, seconds) == wait
        seconds += wait


def test_a_range_too_large_is_nobodys_fault(lone):
    fail(lone, errors.RangeTooLarge("too large"), times=20)
    assert picked(lone) == "one.example"
    assert lone.health(lone.pick(NOON)).error_rate == 0


def test_a_node_that_is_behind_is_asked_again_soon_and_then_less_often(lone):
    seconds = 0.0
    for wait in (0.5, 1, 2, 4):
        fail(lone, behind, seconds=seconds)
        assert picked(lone, seconds) == wait
        seconds += wait


def test_while_one_is_left_alone_another_is_asked(nodes):
    fail(nodes, errors.RateLimited("slow down", 30.0))
    assert picked(nodes) == "two.example"
    fail(nodes, errors.RateLimited("slow down", 20.0))
    fail(nodes, errors.RateLimited("slow down", 10.0))
    assert picked(nodes) == 10.0
    assert picked(nodes, 11) == "one.example#2"


def test_a_failure_means_that_a_node_is_looked_at_anew(nodes):
    node = nodes.pick(NOON)
    nodes.health(node).is_known = True
    fail(nodes, behind, node=node)
    assert nodes.health(node).is_known
    fail(nodes, away, node=node)
    assert not nodes.health(node).is_known


def test_one_far_behind_the_others_is_left_for_one_that_is_not(nodes):
    first, second, _ = nodes._nodes
    nodes.worked(first, NOON, head=100)
    nodes.worked(second, NOON, head=105)
    assert nodes.pick(NOON) is first
    nodes.worked(second, NOON, head=106)
    assert nodes.pick(NOON) is second
    # Nothing is known of the third: it doesn't lag as far as we know, and comes after.
    fail(nodes, away, node=second)
    assert nodes.pick(NOON) is first
    assert nodes.head == 100


def test_the_head_of_a_node_that_failed_is_forgotten(nodes):
    first, second, _ = nodes._nodes
    nodes.worked(first, NOON, head=100)
    nodes.worked(second, NOON, head=10**9)
    assert nodes.head == 10**9
    fail(nodes, errors.BadAnswer("nonsense"), node=second)
    assert nodes.head == 100
    assert nodes.pick(NOON) is first


def test_one_that_often_fails_is_asked_last(nodes):
    first, second, third = nodes._nodes
    for _ in range(8):
        fail(nodes, away, node=first)
        nodes.health(first).failures = 0
    assert nodes.health(first).error_rate > 0.5
    assert nodes.pick(at(100)) is second
    assert nodes.other(second, at(100)) is third
    assert nodes.other(third, at(100)) is second


def test_there_may_be_no_other(lone):
    node = lone.pick(NOON)
    assert lone.other(node, NOON) is node


def test_nodes_that_are_not_in_use_are_asked_for_their_head_now_and_then(nodes):
    first, second, third = nodes._nodes
    assert nodes.pick(NOON) is first
    assert nodes.to_probe(NOON) is second
    nodes.worked(second, NOON, head=1)
    assert nodes.to_probe(NOON) is third
    fail(nodes, away, times=3, node=third)
    assert nodes.to_probe(NOON) is None
    assert nodes.to_probe(at(14)) is None
    assert nodes.to_probe(at(15)) is second


def test_a_clock_that_is_set_back_does_not_make_us_wait_for_hours(lone):
    fail(lone, errors.RateLimited("slow down", 30.0))
    assert picked(lone, -3600) == "one.example"


OTHER = errors.OtherHistory("another chain")


def test_all_with_another_history_halt_and_are_looked_at_anew(nodes):
    for node in nodes._nodes[:2]:
        fail(nodes, OTHER, node=node)
    assert picked(nodes) == "one.example#2"
    fail(nodes, OTHER, node=nodes._nodes[2])
    with pytest.raises(Halted, match=r"another chain another chain another chain"):
        nodes.pick(NOON)
    assert picked(nodes) == "one.example"


def test_those_that_are_away_do_not_keep_it_from_halting(nodes):
    first, second, third = nodes._nodes
    fail(nodes, OTHER, node=first)
    for node in (second, third):
        fail(nodes, away, times=3, node=node)
    with pytest.raises(Halted):
        nodes.pick(NOON)


def test_one_that_only_wants_to_be_left_alone_does(nodes):
    first, second, third = nodes._nodes
    for node in (first, second):
        fail(nodes, OTHER, node=node)
    fail(nodes, errors.RateLimited("slow down", 30.0), node=third)
    assert picked(nodes) == 30.0


def test_a_node_with_another_history_is_looked_at_again_after_a_minute(nodes):
    first = nodes._nodes[0]
    fail(nodes, OTHER, node=first)
    assert nodes.to_probe(at(30)) is not first
    assert nodes.to_probe(at(61)) is first
    nodes.worked(first, at(61), head=3)
    assert nodes.health(first).other_history == ""


def test_a_chain_without_a_node_is_none():
    with pytest.raises(AssertionError):
        Nodes([])
    assert Node("http://one.example").name == "one.example"
