"""What README.md and docs/ have people paste and run does what they say, on one running house.

Every block of code is run as it stands there, but for those that NOT_RUN names, each with its
reason; tests/test_documents.py looks at those without running them.
"""

import json
import re
from contextlib import ExitStack
from itertools import groupby

import pytest

from chain import anvil
from e2e import warm
from e2e.documents import Place, environment, program
from e2e.house import free_port
from e2e.running import Running, with_tables
from tests import shown
from tests.documents import Block, pages
from tests.documents_rules import PROGRAMS, RUN, not_run_because
from tests.documents_rules import programs as called

# One start, on a machine that is busy with other tests; then the slowest page.
pytestmark = [pytest.mark.needs("node"), pytest.mark.timeout(400)]
START_SECONDS_MAX = 150.0


def walks() -> list[tuple[str, list[Block]]]:
    """What is pasted into one terminal: a page, of the README each of its chapters."""
    found = []
    for page in pages():
        blocks = [each for each in page.blocks if not_run_because(each) is None]
        chapters = groupby(blocks, key=lambda it: it.heading if page.name == "README.md" else "")
        found += [(f"{page.name} {heading}".strip(), list(walk)) for heading, walk in chapters]
    return [(name, walk) for name, walk in found if any(it.language in RUN for it in walk)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A kmarket as `CHAIN=dev make run` starts it."""
    anvil.install()
    folder = with_tables(tmp_path_factory.mktemp("documents") / "data")
    # Its port is known beforehand: EIP-4361 messages name it.
    running = Running(
        folder, CHAIN="dev", CHAIN_DEV_PORT=str(free_port()), BIND_PORT=str(free_port())
    )
    try:
        yield running.wait_until_up(START_SECONDS_MAX)
    finally:
        running.end()


@pytest.fixture(scope="module")
def elsewhere(demo):
    """The environment of another terminal, and what runs `manage.py` in it."""
    port = re.search(r"Chain   http://127\.0\.0\.1:(\d+)", demo.said())[1]
    env = environment(demo, port)
    with warm.commands(env) as manage:
        yield env, manage


@pytest.fixture
def place(demo, elsewhere, tmp_path, node_clients):
    env, manage = elsewhere
    return Place(tmp_path / "a reader's", demo, env, manage, node_clients / "node_modules")


def walked(walk, place):
    """Run each block in its turn, compare what is shown below it, and return all that was said."""
    said = ""
    with ExitStack() as stack:
        programs = {
            language: stack.enter_context(
                program(language, [it for it in walk if it.language == language], place)
            )
            for language in {it.language for it in walk} & RUN
        }
        for block, below in zip(walk, [*walk[1:], None], strict=True):
            if block.language not in programs:
                continue
            assert is_harmless(block), f"{block} is not run: see tests/test_documents.py"
            output = programs[block.language].run(block)
            said += output
            if below and (below.language, below.heading) == ("json", block.heading):
                compared(below, shown.printed(output))
            else:
                not_refused(block, shown.printed(output))
    return said


def is_harmless(block):
    return block.language != "sh" or called(block) <= PROGRAMS


def not_refused(block, answers):
    """Whoever is refused something is shown it."""
    refused = [it for it in answers if isinstance(it, dict) and {"code", "message"} <= it.keys()]
    assert not refused, f"{block} was refused: {refused}"


def compared(block, real):
    """One of the answers has the shape that is shown."""
    for value in shown.values(block.text):
        found = [list(shown.differences(value, answer)) for answer in real]
        assert [] in found, f"{block} shows another shape than was answered: {min(found, key=len)}"


WALKS = walks()


@pytest.mark.parametrize(("name", "walk"), WALKS, ids=[name for name, _ in WALKS])
def test_a_page_does_what_it_says(name, walk, place):
    said = walked(walk, place)

    for words in SAID.get(name, ()):
        assert re.search(words, said), f"{name} should say {words!r}:\n{said}"


# What the walks of README end in, as far as it is the same each time.
SAID = {
    "README.md Five minutes": [
        r'"type":"ack"',
        r'"type":"snapshot"',
        r'"type":"odds_update"',
        r'"amount":"5000000000000000000".*"status":"pending"',
        r'"state":"settled".*"result":"WIN"|"result":"WIN".*"state":"settled"',
        r'"claimed":true',
        r"The books balance\.",
        r'"seq":2',
        r'"moneyline":\{"home":1\.82,"away":2\.15\}',
    ],
    "README.md Tokens in and out": [
        r"the deposit is credited: block ",
        r'\{"balance":"25000000000000000000","owed":"0"\}',
        r'"claimed":true',
        r"withdrawal \d+ is redeemed; the wallet has 1005000000000000000000\n",
        r'"solvent":true',
        r"The books balance\.",
    ],
}


def test_what_readme_ends_in_is_looked_for():
    assert SAID.keys() <= {name for name, _ in WALKS}


def test_a_shape_that_is_not_answered_is_noticed():
    block = Block("a page", 1, "json", json.dumps({"balance": "1", "dept": "0"}), "")
    with pytest.raises(AssertionError, match=r"\$\.dept is not answered"):
        compared(block, [{"balance": "1", "owed": "0"}])
