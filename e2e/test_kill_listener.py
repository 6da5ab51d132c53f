"""The chain's listener, killed at each boundary and cut off from its database: nothing is lost,
nothing happens twice.

Where it is killed is certain: a trigger stops its transaction at a statement, by a lock that the
test holds, or the node keeps its question waiting.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest
from django.db import connection

from chain.models import Cursor
from chain.tests import rescan
from chain.tests.fake_chain import Block, FakeChain
from chain.tests.fake_contract import ALICE, BOB, CONTRACT, add, buy, claim, create, finalize, sell
from chain.tests.fake_node import FakeNode
from chain.tests.passage import Passage
from chain.tests.rig import COMMITS, canonical_logs
from e2e.forks import Forks
from e2e.stopping import AT_THE_COMMIT, contents, stopped, stopping
from kmarket.tests.processes import eventually
from kmarket.tests.proof import takes_its_time
from trading.tests import as_the_chain

pytestmark = [COMMITS, takes_its_time]

# However busy the machine is.
in_time = partial(eventually, seconds=60)

PROJECTED = [
    *("trading_pool", "trading_holding", "trading_lpholding", "trading_trade"),
    *("trading_liquidity", "trading_resolution", "trading_claim", "trading_pause"),
]

# What the listener is about to do when it is killed.
STORING = {
    "store logs": ("BEFORE INSERT ON chain_rawlog FOR EACH STATEMENT", None),
    "store the last of them": ("BEFORE INSERT ON chain_rawlog FOR EACH ROW", "NEW.log_index = 3"),
    "project": ("BEFORE INSERT ON trading_pool FOR EACH STATEMENT", None),
    "project the last of it": ("BEFORE INSERT ON trading_claim FOR EACH ROW", None),
    "move the cursor": (
        "BEFORE UPDATE ON chain_cursor FOR EACH ROW",
        "NEW.last_block > OLD.last_block",
    ),
}
ROLLING_BACK = {
    "mark the orphans": (
        "BEFORE UPDATE ON chain_rawlog FOR EACH ROW",
        "NOT NEW.is_canonical",
    ),
    "take trades back": ("BEFORE DELETE ON trading_trade FOR EACH ROW", None),
    "take shares back": ("BEFORE UPDATE OR DELETE ON trading_holding FOR EACH ROW", None),
    "forget blocks": ("BEFORE DELETE ON chain_block FOR EACH ROW", None),
    "move the cursor back": (
        "BEFORE UPDATE ON chain_cursor FOR EACH ROW",
        "NEW.last_hash <> OLD.last_hash",
    ),
}
COMMIT = f"AFTER INSERT ON chain_rawlog {AT_THE_COMMIT}"
ROLLBACK_COMMIT = f"AFTER UPDATE ON chain_rawlog {AT_THE_COMMIT}"


@pytest.fixture(scope="module")
def the_node():
    """One for all tests, each with a chain of its own: listeners find it in their environment."""
    with FakeNode(FakeChain()) as node:
        yield node


@pytest.fixture
def chain(the_node):
    """A chain of which everything is final as soon as it is mined, or nothing: see `lane`."""
    the_node.chain = FakeChain()
    the_node.heal()
    the_node.calls.clear()
    return the_node.chain


@pytest.fixture(params=[0, 10_000], ids=["cold", "hot"])
def node(request, chain, the_node):
    """A node that calls everything final, or nothing."""
    the_node.finality = request.param
    return the_node


@pytest.fixture
def hot_node(chain, the_node):
    the_node.finality = 10_000
    return the_node


@pytest.fixture(scope="module")
def the_passage(django_db_setup):
    passage = Passage()
    yield passage
    passage.close()


@pytest.fixture
def passage(the_passage):
    the_passage.cuts = the_passage.refused = 0
    return the_passage


@pytest.fixture(scope="module")
def listeners(django_db_setup, the_node):
    """listeners.start() → a process that listens."""
    with Forks("run_chain_listener", **environment(the_node)) as forks:
        yield forks


@pytest.fixture(scope="module")
def cut_off_listeners(django_db_setup, the_node, the_passage):
    """The same, by way of the passage."""
    env = environment(the_node) | {"DATABASE_URL": the_passage.url}
    with Forks("run_chain_listener", **env) as forks:
        yield forks


def tell(chain: FakeChain) -> None:
    chain.mine(create(1), add(1), create(2, outcomes=3), add(2))
    chain.mine(buy(1, amount=9000), buy(2, trader=BOB, outcome=2), sell(1, amount=100), buy(1))
    chain.mine(buy(1, trader=BOB, outcome=1), finalize(1), claim(1, claimant=ALICE), buy(2))


def tell_more(chain: FakeChain) -> None:
    chain.mine(buy(2, amount=500), claim(1, claimant=BOB))
    chain.mine(sell(2, amount=40), create(3), add(3), buy(3, amount=777))


def other_branch() -> list[list]:
    return [[buy(2, amount=333, trader=BOB)], [create(3, outcomes=4), add(3), buy(3)], []]


def environment(node: FakeNode) -> dict[str, str]:
    return {
        "CHAIN_RPC_URLS": node.url,
        "CHAIN_ID": str(node.chain.chain_id),
        "CHAIN_CONTRACT": CONTRACT,
        "CHAIN_START_BLOCK": "1",
        "CHAIN_POLL_MS": "10",
    }


@contextmanager
def listening(listeners: Forks, node: FakeNode) -> Iterator[None]:
    """A listener that runs during the block, and stops when it is asked to."""
    asked, listener = len(node.calls), listeners.start()
    yield
    # Not before it is at work: until then it may die of what asks it to stop.
    in_time(lambda: len(node.calls) > asked or not listener.is_alive())
    assert listener.is_alive(), listeners.complaints()
    assert listener.terminate() == 0, listeners.complaints()


def kill_when_stopped(listeners: Forks) -> None:
    listener = listeners.start()
    in_time(lambda: stopped() or not listener.is_alive())
    listener.kill()


def stored() -> list[tuple]:
    """Everything that moves together."""
    cursor = Cursor.objects.values_list("last_block", "last_hash").first()
    return [cursor, canonical_logs(), contents(*PROJECTED)]


def reached(head: Block) -> bool:
    return Cursor.objects.filter(last_hash=head.hash).exists()


def catch_up(listeners: Forks, node: FakeNode) -> None:
    with listening(listeners, node):
        in_time(lambda: reached(node.chain.head))


def verdict(head: Block) -> None:
    """All of the chain up to this block is stored, once, and projected, once."""
    assert canonical_logs() == rescan.raw_logs(head)
    as_the_chain.verdict(head)


def test_what_is_killed_while_it_asks_happens_once(chain, node, listeners):
    tell(chain)
    for method in ("eth_chainId", "eth_getBlockByNumber", "eth_getLogs"):
        with node.holding(method) as hold:
            listener = listeners.start()
            hold.wait()
            listener.kill()
        assert canonical_logs() == [], method
    catch_up(listeners, node)
    verdict(chain.head)


def test_what_is_killed_while_it_is_stored_happens_once(chain, node, listeners):
    tell(chain)
    before = None
    for moment, (when, condition) in STORING.items():
        with stopping(when, condition):
            kill_when_stopped(listeners)
        now = stored()
        if node.finality:
            # Block by block: those before it are done.
            block = chain.by_hash.get(now[0][1])
            assert canonical_logs() == (rescan.raw_logs(block) if block else []), moment
        else:
            before = before or now
            assert now == before, moment
            assert now[1] == []
    catch_up(listeners, node)
    verdict(chain.head)


def test_what_is_killed_while_it_commits_has_happened_once(chain, node, listeners):
    tell(chain)
    with stopping(COMMIT, None, constraint="CONSTRAINT"):
        kill_when_stopped(listeners)
        # Nobody sees anything of it before the commit is done.
        assert canonical_logs() == []
    # The database was told to commit before the process died.
    logs = canonical_logs()
    assert logs
    assert logs == rescan.raw_logs(chain.by_hash[stored()[0][1]])
    catch_up(listeners, node)
    verdict(chain.head)


def test_what_is_killed_while_it_is_rolled_back_is_rolled_back_once(chain, hot_node, listeners):
    tell(chain)
    tell_more(chain)
    catch_up(listeners, hot_node)
    before = stored()
    chain.reorg(2, *other_branch())
    for moment, (when, condition) in ROLLING_BACK.items():
        with stopping(when, condition):
            kill_when_stopped(listeners)
        assert stored() == before, moment
    with stopping(ROLLBACK_COMMIT, None, constraint="CONSTRAINT"):
        kill_when_stopped(listeners)
        assert stored() == before
    assert stored() != before
    catch_up(listeners, hot_node)
    verdict(chain.head)


def test_another_listener_takes_over_from_one_that_is_killed(chain, hot_node, listeners):
    tell(chain)
    with stopping("BEFORE INSERT ON trading_claim FOR EACH ROW", None):
        first = listeners.start()
        in_time(stopped)
        second = listeners.start()
        asked = len(hot_node.calls)
        first.kill()
    in_time(lambda: reached(chain.head))
    assert len(hot_node.calls) > asked
    verdict(chain.head)
    second.kill()


def test_two_listeners_do_the_work_of_one(chain, hot_node, listeners):
    tell(chain)
    both = [listeners.start(), listeners.start()]
    in_time(lambda: reached(chain.head))
    for number in range(20):
        chain.mine(buy(2, amount=60 + number))
        if number % 3 == 2:
            chain.reorg(2, [buy(2, amount=number)], [], [sell(2, amount=1)])
    in_time(lambda: reached(chain.head))
    verdict(chain.head)
    for listener in both:
        listener.kill()


def test_a_commit_whose_answer_is_lost_has_happened_once(chain, node, passage, cut_off_listeners):
    tell(chain)
    with listening(cut_off_listeners, node):
        with stopping("BEFORE INSERT ON chain_rawlog FOR EACH STATEMENT", None):
            in_time(stopped)
            passage.cut_after_commit()
        in_time(lambda: reached(chain.head))
        assert passage.cuts == 1
    verdict(chain.head)


def test_a_commit_that_never_arrived_has_not_happened_and_happens_once(
    chain, node, passage, cut_off_listeners
):
    tell(chain)
    with listening(cut_off_listeners, node):
        with stopping("BEFORE INSERT ON chain_rawlog FOR EACH STATEMENT", None):
            in_time(stopped)
            passage.cut_before_commit()
        in_time(lambda: reached(chain.head))
        assert passage.cuts == 1
    verdict(chain.head)


def test_a_commit_of_a_rollback_whose_answer_is_lost_has_happened_once(
    chain, hot_node, passage, cut_off_listeners
):
    tell(chain)
    tell_more(chain)
    with listening(cut_off_listeners, hot_node):
        in_time(lambda: reached(chain.head))
        with stopping("BEFORE DELETE ON trading_trade FOR EACH ROW", None):
            chain.reorg(2, *other_branch())
            in_time(stopped)
            passage.cut_after_commit()
        in_time(lambda: reached(chain.head))
        assert passage.cuts == 1
    verdict(chain.head)


def test_a_database_that_is_away_is_waited_for(chain, hot_node, passage, cut_off_listeners):
    tell(chain)
    with listening(cut_off_listeners, hot_node):
        in_time(lambda: reached(chain.head))
        passage.is_shut = True
        passage.cut_everything()
        tell_more(chain)
        # It notices, and tries again.
        in_time(lambda: passage.refused > 2)
        passage.is_shut = False
        in_time(lambda: reached(chain.head))
    verdict(chain.head)


def test_a_deadlock_is_survived(chain, hot_node, listeners):
    """Ours is the transaction that the database ends."""
    tell(chain)
    catch_up(listeners, hot_node)
    tell_more(chain)
    stop_twice = """
        CREATE FUNCTION stop_twice() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4712); RETURN NEW; END $$;
        CREATE TRIGGER stop_twice BEFORE UPDATE ON chain_cursor FOR EACH ROW
        WHEN (NEW.last_block > OLD.last_block) EXECUTE FUNCTION stop_twice()
    """
    with connection.cursor() as cursor:
        cursor.execute(stop_twice)
    try:
        with listening(listeners, hot_node), other_session() as other:
            other.execute("SET deadlock_timeout = '1h'")
            other.execute("SELECT pg_advisory_xact_lock(4712)")
            with stopping("BEFORE INSERT ON trading_trade FOR EACH ROW", None):
                in_time(stopped)
                # It has stored logs, and is waited for; next it waits for us.
                other.execute("SET statement_timeout = '30s'")
                locking = other.pgconn
                locking.send_query(b"LOCK TABLE chain_rawlog IN ACCESS EXCLUSIVE MODE")
                in_time(lambda: waits_for_a_table() == 1)
            in_time(lambda: not waits_for_a_table())
            locking.get_result()
            locking.finish()
            in_time(lambda: reached(chain.head))
            assert deadlocks() == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION stop_twice() CASCADE")
    verdict(chain.head)


@contextmanager
def other_session() -> Iterator[psycopg.Connection]:
    database = connection.settings_dict
    other = psycopg.connect(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=database["HOST"],
        port=database["PORT"],
    )
    try:
        yield other
    finally:
        other.close()


def waits_for_a_table() -> int:
    return number("SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND NOT granted")


def deadlocks() -> int:
    """How many there were in this database."""
    return number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


def number(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]
