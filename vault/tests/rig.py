"""A vault on a scripted chain: played by the machine, and by what nodes may make us believe."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from accounts import services as accounts
from betting import books, ledger
from chain import selectors
from chain.events import Family
from chain.handlers import Handler
from chain.nodes import Nodes
from chain.tests import rescan
from chain.tests.fake_chain import Block
from chain.tests.rig import TIMEOUT_SECONDS, Rig, rigs, run
from contracts.tests.house import SIGNER_KEY
from vault import projection, services, watching
from vault.models import Deposit, Reading, Withdrawal
from vault.tests.conftest import of_key
from vault.tests.fake_vault import SURPLUS, VaultWorld, have_answer

State = Withdrawal.State
VOUCHER_SECONDS = 4
# Two blocks share a second. After so many blocks none can be redeemed.
VOUCHER_BLOCKS = 2 * (VOUCHER_SECONDS + 1)


class VaultRig(Rig):
    """A chain with a vault, its nodes, our listener, and the clock that looks at it."""

    family = Family.VAULT

    def __init__(self, **how):
        self.vouchers = []
        # Nodes that deny all payments.
        self.liars = set()
        super().__init__(**how)
        for node in self.nodes:
            have_answer(node, self.liars)

    def world(self):
        return VaultWorld(self.vouchers)

    @property
    def handler(self) -> Handler:
        return projection

    def restart(self):
        super().restart()
        self.lookouts = Nodes.of(self.config.rpc_urls, timeout=TIMEOUT_SECONDS)

    def withdraw(self, address, amount):
        """Have a voucher that the chain may be given, by the time of its head."""
        now = datetime.fromtimestamp(self.chain.head.timestamp, tz=UTC)
        user = accounts.person(address=address)
        made = services.withdraw(user=user, amount=amount, to=None, now=now)
        self.vouchers.append(made)
        return made

    def look(self):
        """Look at the vault as the clock would, and hold what is noted against the chain."""
        back = watching.look(self.config, self.lookouts, self.now)
        reading = Reading.objects.get()
        world = self.chain.by_hash[reading.block_hash].world
        assert reading.held == world.held
        assert reading.held - reading.owed == SURPLUS - world.stolen
        return back

    def verdict_on_projection(self, head: Block) -> None:
        """Everything follows from the branch that ends in this block."""
        settled = selectors.settled(self.cursor())
        final = -1 if settled is None else settled
        said = [
            (block.number, each)
            for block in rescan.branch(head)
            for _, emitted in block.txs
            for each in emitted
        ]
        came = [(n, each.values) for n, each in said if each.name == "Deposited"]
        assert list(
            Deposit.objects.order_by("seq").values_list("seq", "address", "amount", "block_number")
        ) == [(values["seq"], values["user"], values["amount"], n) for n, values in came]
        credited = {deposit.seq for deposit in Deposit.objects.exclude(credited_at=None)}
        assert credited == {values["seq"] for n, values in came if n <= final}
        self._verdict_on_withdrawals(
            {each.values["id"]: n for n, each in said if each.name == "Withdrawn"}, final
        )
        for address in {values["user"] for _, values in came}:
            user = accounts.person(address=address)
            brought = sum(v["amount"] for n, v in came if n <= final and v["user"] == address)
            taken = sum(each.amount for each in Withdrawal.objects.counted().filter(user=user))
            assert ledger.available(user_id=user.pk) == brought - taken
        with transaction.atomic():
            assert [each for each in books.differences() if "solvency" not in each.what] == []

    def _verdict_on_withdrawals(self, paid: dict[int, int], final: int) -> None:
        for each in Withdrawal.objects.select_related("log"):
            number = paid.get(each.pk)
            if each.state == State.EXPIRED:
                # Nor on any branch that is to come: what was final was younger.
                assert number is None
                assert each.pk not in self.chain.head.world.used
                continue
            assert (each.log and each.log.block_number) == number
            assert each.state == (
                State.ISSUED if number is None or number > final else State.REDEEMED
            )


@pytest.fixture
def make_rig(transactional_db, settings, monkeypatch):
    settings.VAULT_SIGNER_KEY = of_key(SIGNER_KEY)
    settings.VAULT_VOUCHER_SECONDS = VOUCHER_SECONDS
    with rigs(VaultRig, monkeypatch) as make:

        def make_anew(**how):
            # What refers to nothing of the chain's stays when that is emptied.
            run("TRUNCATE vault_reading, betting_ledgerentry, accounts_user CASCADE")
            return make(**how)

        yield make_anew
