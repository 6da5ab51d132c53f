"""A chain, its nodes, our listener and a recorder: what a scenario is played with and judged by."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from chain import handlers, profiles
from chain.config import VAULT_PROFILE, ChainConfig
from chain.errors import Halted
from chain.events import Family
from chain.finality import Finality
from chain.handlers import Handler
from chain.listener import Listener
from chain.models import Cursor, Quarantine, RawLog
from chain.nodes import Nodes
from chain.tests import recorder, rescan
from chain.tests.fake_chain import Block, FakeChain
from chain.tests.fake_contract import CONTRACT
from chain.tests.fake_node import FakeNode
from chain.tests.recorder import Recorder
from kmarket.tests.proof import cases

# Commits, and empties the chain's tables and what refers to them; all others take a while.
COMMITS = pytest.mark.django_db(transaction=True, available_apps=["chain"])
# All blocks are final, so that they are read by ranges; or none is, and they are read one by one.
LANES = pytest.mark.parametrize("blocks_to_finality", [0, 10_000], ids=["cold", "hot"])
# For what has little to do with it: every day the one, and both with KMARKET_PROOF=full.
SOME_LANE = pytest.mark.parametrize(
    "blocks_to_finality", [0, 10_000][: cases(1, 2)], ids=["cold", "hot"][: cases(1, 2)]
)
# Far more than any scenario needs.
STEPS_MAX = 400
TIMEOUT_SECONDS = 0.5
BEGINNING = datetime(2030, 1, 1, tzinfo=UTC)

# What may never happen, whatever the listener thinks: the database refuses it.
GUARD = """
CREATE FUNCTION guard_raw_logs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE final bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a raw log is deleted: %', OLD;
    END IF;
    SELECT max(finalized_block) INTO final FROM chain_cursor WHERE chain_id = OLD.chain_id;
    IF OLD.is_canonical AND NOT NEW.is_canonical AND OLD.block_number <= final THEN
        RAISE EXCEPTION 'what is final is taken back: %', OLD;
    END IF;
    IF (OLD.topics, OLD.data, OLD.block_hash) <> (NEW.topics, NEW.data, NEW.block_hash) THEN
        RAISE EXCEPTION 'a raw log is rewritten: %', OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_raw_logs BEFORE UPDATE OR DELETE ON chain_rawlog
    FOR EACH ROW EXECUTE FUNCTION guard_raw_logs();
"""
NO_GUARD = "DROP FUNCTION IF EXISTS guard_raw_logs() CASCADE"


class Rig:
    """One scenario's world. Time goes on by a second with each step."""

    family = Family.MARKETS

    def __init__(
        self,
        *,
        nodes: int = 1,
        finality: str = "finalized",
        blocks_to_finality: int = 10,
        salt: object = 0,
        key: str = "",
    ) -> None:
        self.chain = FakeChain(salt=salt, world=self.world())
        self.nodes = [FakeNode(self.chain, finality=blocks_to_finality) for _ in range(nodes)]
        for node in self.nodes:
            node.start()
        self.now = BEGINNING
        self.recorder = Recorder()
        self._finality, self._key = finality, key
        self.restart()

    def restart(self) -> None:
        """Have a listener that remembers nothing, as a new process would."""
        self.listener = self.another_listener()

    def world(self) -> Any:
        """What the contract knows at first; None: nothing of any market."""
        return None

    @property
    def handler(self) -> Handler:
        """Who projects what the listener hears."""
        return self.recorder

    @property
    def config(self) -> ChainConfig:
        return ChainConfig(
            chain_id=self.chain.chain_id,
            contract=CONTRACT,
            start_block=1,
            finality=Finality.parse(self._finality),
            profile=profiles.load(
                VAULT_PROFILE if self.family == Family.VAULT else settings.CHAIN_PROFILE
            ),
            rpc_urls=tuple(node.url + self._key for node in self.nodes),
            poll_seconds=0.01,
        )

    def close(self) -> None:
        for node in self.nodes:
            node.stop()

    # --- Playing -----------------------------------------------------------------------------

    def another_listener(self) -> Listener:
        """A second worker on the same chain."""
        nodes = Nodes.of(self.config.rpc_urls, timeout=TIMEOUT_SECONDS)
        return Listener(self.config, nodes, self.handler)

    def step(self, listener: Listener | None = None) -> bool:
        self.now += timedelta(seconds=1)
        return (listener or self.listener).step(self.now)

    def wait(self, listener: Listener | None = None) -> None:
        """Let the time go by that the listener wants to wait."""
        self.now += timedelta(seconds=(listener or self.listener).wait_seconds)

    def poll(self, listener: Listener | None = None) -> None:
        """Step until there is nothing to do and the head is reached."""
        self.poll_to(self.chain, listener)

    def poll_to(self, chain: FakeChain, listener: Listener | None = None) -> None:
        for _ in range(STEPS_MAX):
            if not self.step(listener):
                if self.last_hash() == chain.head.hash:
                    return
                # It waits: for a node to recover, or for a better answer.
                self.wait(listener)
        raise AssertionError(f"it never gets there: {self.cursor().__dict__}")

    def try_for(self, *, seconds: int) -> None:
        """Step for so long, of our own time, whatever comes of it."""
        until = self.now + timedelta(seconds=seconds)
        while self.now < until:
            with suppress(Halted):
                if self.step():
                    continue
            self.wait()

    def poll_halted(self) -> str:
        """Step until it halts; return why."""
        with pytest.raises(Halted) as halted:
            self._step_on()
        assert self.cursor().halted_reason == str(halted.value)
        return str(halted.value)

    def _step_on(self) -> None:
        for _ in range(STEPS_MAX):
            if not self.step():
                self.wait()

    def rescan(self, first: int, last: int, *options: str) -> None:
        call_command("chain_rescan", "--from", str(first), "--to", str(last), *options)

    def once(self, action: Callable[[], object]) -> None:
        """Do something when the next event is applied, within the transaction."""
        done = []

        def watch(_: Any) -> None:
            if not done:
                done.append(True)
                action()

        self.recorder.watch = watch

    # --- Judging -----------------------------------------------------------------------------

    def verdict(self, *, at: Block | None = None) -> None:
        """Hold what is stored against the chain up to this block: its head, if none is named."""
        head = at or self.chain.head
        cursor = self.cursor()
        assert (cursor.last_block, cursor.last_hash) == (head.number, head.hash)
        self.verdict_on_rows(head)
        call_command("chain_replay", "--contract", self.family)
        self.verdict_on_rows(head)

    def verdict_on_rows(self, head: Block) -> None:
        assert canonical_logs() == rescan.raw_logs(head)
        self.verdict_on_projection(head)

    def verdict_on_projection(self, head: Block) -> None:
        assert recorder.events() == rescan.events(head)
        assert recorder.amounts() == rescan.amounts(head)

    def verdict_so_far(self) -> None:
        """Hold what is stored against the chain up to where the cursor stands."""
        number = self.last_block()
        if number:
            self.verdict(at=self.chain.canonical[number])

    def never_ahead(self) -> None:
        """Everything that is stored is so; nothing is stored past the cursor."""
        stored = canonical_logs()
        told = set(rescan.raw_logs(self.chain.head))
        assert set(stored) <= told
        assert all(number <= self.last_block() for number, *_ in stored)

    def on_one_of(self, *chains: FakeChain) -> None:
        """What is stored is all of one chain, as far as the cursor."""
        number, hash_ = self.last_block(), self.last_hash()
        (chain,) = [c for c in chains if c.head.number >= number and c.by_hash.get(hash_)]
        self.verdict(at=chain.by_hash[hash_])

    def last_block(self) -> int:
        return Cursor.objects.values_list("last_block", flat=True).first() or 0

    def last_hash(self) -> str:
        return Cursor.objects.values_list("last_hash", flat=True).first() or ""

    def cursor(self) -> Cursor:
        return Cursor.objects.get()

    def orphaned(self) -> list[tuple[str, int]]:
        """Where the stored logs are that are not canonical."""
        rows = RawLog.objects.filter(is_canonical=False).order_by("block_number", "log_index")
        return list(rows.values_list("block_hash", "log_index"))

    def quarantined(self) -> list[tuple[str, int, int, str]]:
        """The market, the place and the reason of each log that waits in quarantine."""
        rows = Quarantine.objects.unresolved().order_by("log__block_number", "log__log_index")
        return list(rows.values_list("market_id", "log__block_number", "log__log_index", "reason"))


def places(block: Block) -> list[tuple[str, int]]:
    """Where the contract's logs of a block are."""
    return [
        (block.hash, int(log["logIndex"], 16)) for log in block.logs() if log["address"] == CONTRACT
    ]


def canonical_logs() -> list[tuple[Any, ...]]:
    """Every log that is stored as canonical, as rescan.raw_logs has it."""
    rows = (
        RawLog.objects.canonical()
        .order_by("block_number", "log_index")
        .values_list(
            "block_number", "log_index", "block_hash", "transaction_hash", "topics", "data"
        )
    )
    return [(*row[:4], tuple(row[4]), row[5]) for row in rows]


@contextmanager
def rigs(kind: type[Rig], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Rig]]:
    """Yield make(**how) → a rig with nothing stored; the one before it is closed."""
    made: list[Rig] = []
    recorder.make_tables()
    run(GUARD)

    def make(**how: Any) -> Rig:
        for other in made:
            other.close()
        run("TRUNCATE chain_cursor, chain_rawlog CASCADE")
        recorder.empty_tables()
        made.append(new := kind(**how))
        # For the commands: they take the chain from the settings, and the handler from there.
        monkeypatch.setattr(handlers, "_registered", {new.family: new.handler})
        name = {Family.MARKETS: "CHAIN", Family.VAULT: "VAULT"}[new.family]
        stated = {
            "CHAIN_RPC_URLS": list(new.config.rpc_urls),
            "CHAIN_ID": new.config.chain_id,
            f"{name}_CONTRACT": new.config.contract,
            f"{name}_START_BLOCK": new.config.start_block,
        }
        # pytest-django would look each up below all that were made before, by the hundred.
        for setting, value in stated.items():
            monkeypatch.setattr(settings, setting, value)
        return new

    try:
        yield make
    finally:
        for rig in made:
            rig.close()
        run(NO_GUARD)
        recorder.drop_tables()


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
