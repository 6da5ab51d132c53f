"""Who is asked by those who cannot wait."""

import threading
from datetime import UTC, datetime

import pytest

from chain import asking, errors
from chain.errors import NodesAway
from chain.nodes import Nodes

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Talker:
    """A node that says what it was given, in turn; the last word again and again."""

    def __init__(self, name, *words):
        self.name, self.words = name, list(words)
        self.asked = 0

    def say(self):
        self.asked += 1
        word = self.words.pop(0) if len(self.words) > 1 else self.words[0]
        if isinstance(word, Exception):
            raise word
        return word


def ask(*talkers, nodes=None):
    return asking.ask(nodes or Nodes(talkers), lambda node: node.say(), NOW)


def test_the_first_answer_counts():
    first, second = Talker("a", 1), Talker("b", 2)
    assert ask(first, second) == 1
    assert second.asked == 0


@pytest.mark.parametrize(
    "fault",
    [
        errors.Away("a: gone."),
        errors.TimedOut("a: slow."),
        errors.RateLimited("a: later.", 60),
        errors.Behind("a: no such block."),
        errors.OtherHistory("a: another chain."),
        errors.Refused("a: no such method.", -32601),
    ],
)
def test_where_one_gives_none_another_is_asked(fault):
    first, second = Talker("a", fault), Talker("b", 2)
    assert ask(first, second) == 2
    assert (first.asked, second.asked) == (1, 1)


def test_where_nobody_answers_that_is_said_soon():
    talkers = [Talker(name, errors.Away(f"{name}: gone.")) for name in "abc"]
    with pytest.raises(NodesAway) as refusal:
        ask(*talkers)
    assert refusal.value.status == 503
    assert sum(talker.asked for talker in talkers) == asking.TRIES


def test_whom_nobody_may_ask_now_is_not_asked():
    talker = Talker("a", errors.RateLimited("a: later.", 60), 1)
    nodes = Nodes([talker])
    for _ in range(2):
        with pytest.raises(NodesAway):
            ask(nodes=nodes)
    assert talker.asked == 1


def test_a_refusal_of_ours_is_nobodys_fault():
    talker = Talker("a", errors.FindingResolved(), 1)
    nodes = Nodes([talker])
    with pytest.raises(errors.FindingResolved):
        ask(nodes=nodes)
    assert ask(nodes=nodes) == 1


def test_each_thread_has_nodes_of_its_own_and_those_of_the_settings(settings):
    settings.CHAIN_RPC_URLS = ["http://127.0.0.1:1"]
    ours = asking.own_nodes()
    assert asking.own_nodes() is ours
    theirs = []
    thread = threading.Thread(target=lambda: theirs.append(asking.own_nodes()))
    thread.start()
    thread.join()
    assert theirs[0] is not ours
    settings.CHAIN_RPC_URLS = ["http://127.0.0.1:2"]
    assert asking.own_nodes() is not ours
