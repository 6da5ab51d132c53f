"""One process follows the markets and the vault: each goes on for itself."""

import threading

import pytest
from django.core.management import CommandError, call_command

from accounts import services as accounts
from betting import ledger
from chain import anvil, config
from chain.errors import Halt
from chain.events import Family
from chain.management.commands import run_chain_listener
from chain.models import Cursor, Reconciliation
from contracts.tests.house import House
from contracts.tests.stage import E18, FOREVER, Stage
from kmarket.stopping import Stop
from kmarket.tests.processes import eventually
from trading.models import Trade

pytestmark = [pytest.mark.needs("node"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def house():
    anvil.install()
    with anvil.Anvil() as node:
        stage = Stage(node)
        stage.do(stage.alice, "buy", stage.open(), 0, E18, 0, FOREVER)
        house = House(stage)
        house.deposit(stage.alice, 700)
        node.rpc("anvil_mine", "0x3")
        yield house


@pytest.fixture
def both(house, settings):
    settings.CHAIN_RPC_URLS = [house.stage.node.url]
    settings.CHAIN_ID = anvil.CHAIN_ID
    settings.CHAIN_CONTRACT = house.stage.contract.address.lower()
    settings.VAULT_CONTRACT = house.vault.address.lower()
    settings.CHAIN_START_BLOCK = settings.VAULT_START_BLOCK = 1
    settings.CHAIN_POLL_MS = 10
    return house


class Following:
    """What `run_chain_listener` does, in a thread, until the block ends."""

    def __enter__(self):
        self._stop = Stop()
        self._stop.__enter__()
        self.reasons = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        self._thread.join(30)
        self._stop.__exit__(*error)

    def _run(self):
        followed = [config.from_settings(family) for family in config.families()]
        self.reasons = run_chain_listener.follow_all(followed, self._stop)


def balance(house):
    user = accounts.person(address=house.stage.alice)
    return ledger.available(user_id=user.pk)


def test_both_are_read_and_compared(both):
    with Following() as following:
        eventually(lambda: Trade.objects.exists() and balance(both) == 700)
    assert following.reasons == []
    assert Cursor.objects.count() == 2
    call_command("reconcile_chain")
    assert Reconciliation.objects.filter(trouble="").count() == 2


@pytest.mark.parametrize("halted", list(Family))
def test_one_that_halts_holds_up_no_other(both, settings, halted):
    contract = {Family.MARKETS: settings.CHAIN_CONTRACT, Family.VAULT: settings.VAULT_CONTRACT}
    # Indexed from another block on, says the setting: a mistake that only somebody can mend.
    Cursor.objects.create(
        chain_id=anvil.CHAIN_ID,
        contract=contract[halted],
        start_block=0,
        last_block=0,
        last_hash="0x" + "07" * 32,
    )
    with Following() as following:
        if halted == Family.VAULT:
            eventually(Trade.objects.exists)
        else:
            eventually(lambda: balance(both) == 700)
        eventually(lambda: Cursor.objects.get(contract=contract[halted]).halt)
    (reason,) = following.reasons
    assert "indexed from block 0 on" in reason
    assert Cursor.objects.get(contract=contract[halted]).halt == Halt.OTHER_START
    assert [cursor.halt for cursor in Cursor.objects.exclude(contract=contract[halted])] == [""]


def test_with_both_halted_it_ends_with_both_reasons(both, settings):
    for contract in (settings.CHAIN_CONTRACT, settings.VAULT_CONTRACT):
        Cursor.objects.create(
            chain_id=anvil.CHAIN_ID,
            contract=contract,
            start_block=0,
            last_block=0,
            last_hash="0x" + "07" * 32,
        )
    with pytest.raises(CommandError) as ended:
        call_command("run_chain_listener")
    assert str(ended.value).count("The listener halted: ") == 2


def test_a_vault_that_cannot_be_compared_is_named_and_the_rest_compared(both, settings):
    with Following():
        eventually(lambda: Trade.objects.exists() and balance(both) == 700)
    settings.VAULT_CONTRACT = "0x" + "5a" * 20
    with pytest.raises(CommandError, match=r"^vault: Nothing is indexed yet"):
        call_command("reconcile_chain")
    assert Reconciliation.objects.filter(trouble="").count() == 1
