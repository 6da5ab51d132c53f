"""The chain's machine, with the projection that is used."""

import pytest

from chain.handlers import Handler
from chain.tests import machine
from chain.tests.fake_chain import Block
from chain.tests.rig import Rig, rigs, run
from kmarket.tests.proof import takes_its_time
from trading import projection
from trading.tests import as_the_chain


class ProjectingRig(Rig):
    @property
    def handler(self) -> Handler:
        return projection

    def verdict_on_projection(self, head: Block) -> None:
        as_the_chain.verdict(head)

    def verdict(self, *, at: Block | None = None) -> None:
        """And a replay, which is part of it, changes no row: neither here nor of the markets."""
        before = as_the_chain.everything()
        super().verdict(at=at)
        assert as_the_chain.everything() == before


@pytest.fixture
def make_rig(transactional_db, monkeypatch):
    with rigs(ProjectingRig, monkeypatch) as make:

        def make_anew(**how):
            # What refers to nothing of the chain's stays when that is emptied.
            run("TRUNCATE trading_pause, trading_candle, trading_position, markets_market CASCADE")
            return make(**how)

        yield make_anew


@takes_its_time
# Commits, and empties the tables of these apps, and what refers to them.
@pytest.mark.django_db(transaction=True, available_apps=["chain", "markets", "trading"])
def test_whatever_happens_everybody_has_what_the_contract_says(make_rig):
    machine.play(make_rig, every_day=8, full=700)
