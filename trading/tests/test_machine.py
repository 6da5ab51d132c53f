"""The chain's machine, with the projection that is used."""

import pytest

from chain.handlers import Handler
from chain.tests import machine
from chain.tests.fake_chain import Block
from chain.tests.rig import Rig, rigs
from kmarket.tests.proof import takes_its_time
from trading import projection
from trading.tests import as_the_chain


class ProjectingRig(Rig):
    @property
    def handler(self) -> Handler:
        return projection

    def verdict_on_projection(self, head: Block) -> None:
        as_the_chain.verdict(head)


@pytest.fixture
def make_rig(transactional_db, settings, monkeypatch):
    with rigs(ProjectingRig, settings, monkeypatch) as make:
        yield make


@takes_its_time
# Commits, and empties the tables of these apps, and what refers to them.
@pytest.mark.django_db(transaction=True, available_apps=["chain", "markets", "trading"])
def test_whatever_happens_everybody_has_what_the_contract_says(make_rig):
    machine.play(make_rig, every_day=8, full=700)
