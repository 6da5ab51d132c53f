from chain.tests import machine
from chain.tests.rig import COMMITS
from kmarket.tests.proof import takes_its_time


@takes_its_time
@COMMITS
def test_whatever_happens_what_is_stored_is_what_the_chain_says(make_rig):
    machine.play(make_rig, every_day=20, full=1500)
