"""The whole way, on a node: tokens in, a balance, a voucher, tokens out. And what may go wrong."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts import services as accounts
from betting import ledger, personal_limits
from betting import services as betting
from betting.books import account_totals
from betting.models import LedgerEntry
from betting.personal_limits import Limits
from chain.errors import Halted, OtherHistory
from chain.listener import Listener, cursor_of
from chain.models import Cursor, Finding, Quarantine
from contracts.tests.house import HOUR, OTHER_KEY, House, Voucher
from contracts.tests.stage import Refused, refused
from kmarket.tests.crowd import all_at_once
from vault import errors, services, signing, watching
from vault.models import Deposit, Reading, Withdrawal
from vault.tests.conftest import of_key
from vault.watching import Doubtful, NotYet

pytestmark = pytest.mark.needs("node")

State = Withdrawal.State


def available(address):
    return ledger.available(user_id=accounts.person(address=address).pk)


def ledger_totals():
    return {account: total for account, total in account_totals().items() if total}


def voucher_of(withdrawal):
    """As the contract takes it."""
    signature = bytes.fromhex(withdrawal.signature[2:])
    return Voucher(withdrawal.pk, withdrawal.to, withdrawal.amount, withdrawal.deadline, signature)


def state_of(withdrawal):
    return Withdrawal.objects.get(pk=withdrawal.pk).state


@pytest.fixture
def funded(street, people):
    """Alice has 1000 in the vault and in her balance."""
    street.house.deposit(people.alice, 1000)
    street.settle()
    street.look()
    return accounts.person(address=people.alice)


@pytest.fixture
def withdraw(street, funded):
    """withdraw(amount, **changes) → alice's withdrawal."""

    def make(amount=400, **changes):
        return services.withdraw(
            **{"user": funded, "amount": amount, "to": None, "now": street.now} | changes
        )

    return make


# --- In -------------------------------------------------------------------------------------------


def test_a_deposit_is_pending_until_it_is_final_and_then_credited_once(street, people):
    street.house.deposit(people.alice, 700)
    street.read()
    deposit = Deposit.objects.get()
    assert (deposit.credited_at, available(people.alice)) == (None, 0)

    street.settle()
    street.settle()

    deposit.refresh_from_db()
    assert deposit.credited_at is not None
    assert available(people.alice) == 700
    entry = LedgerEntry.objects.get()
    assert (entry.debit, entry.credit, entry.amount) == ("vault", "user", 700)


def test_whoever_never_signed_in_finds_it_there(street, people):
    street.house.do(people.alice, "depositFor", "0x" + "d0" * 20, 5)
    street.settle()
    assert available("0x" + "d0" * 20) == 5


def test_a_deposit_in_a_block_that_is_replaced_is_none(street, people):
    street.house.deposit(people.alice, 700)
    street.read()
    street.reorg(1)
    street.read()
    assert not Deposit.objects.exists()
    street.settle()
    assert available(people.alice) == 0


def test_below_what_is_final_nothing_is_taken_back(street, people, funded):
    """The node says otherwise: it halts, and what was credited stays."""
    street.reorg(5)
    with pytest.raises(Halted):
        street.read()
    assert available(people.alice) == 1000
    with pytest.raises(NotYet, match="its listener halted"):
        street.look()
    call_command("check_ledger")


def test_two_listeners_credit_once(street, people):
    other = Listener(street.followed, street.nodes)
    for amount in (1, 2, 3):
        street.house.deposit(people.alice, amount)
        street.mine(2)
        both = [lambda: street.listener.step(street.now), lambda: other.step(street.now)]
        all_at_once(*both)
        all_at_once(*both)
    street.read()
    assert (available(people.alice), Deposit.objects.count()) == (6, 3)


def test_one_that_is_mined_again_is_credited_once(street, people):
    """The same count of the contract, in another block, for somebody else."""
    street.house.deposit(people.alice, 700)
    street.read()
    street.reorg(1)
    street.house.deposit(people.bob, 30)
    street.house.deposit(people.alice, 700)
    street.read()
    assert [deposit.amount for deposit in Deposit.objects.order_by("seq")] == [30, 700]
    street.settle()
    assert (available(people.alice), available(people.bob)) == (700, 30)


def test_what_was_final_long_ago_is_credited_range_by_range(street, people):
    """The node's final block lies ahead of all that is read, and doesn't move meanwhile."""
    for amount in (1, 2, 3):
        street.house.deposit(people.alice, amount)
        street.mine(3)
    start = street.stage.node.rpc("eth_blockNumber")
    cursor = cursor_of(street.followed)
    Cursor.objects.filter(pk=cursor.pk).update(range_size=3)
    street.read()
    assert street.stage.node.rpc("eth_blockNumber") == start
    assert available(people.alice) == 6


def test_a_replay_credits_nothing_twice(street, people, funded):
    street.house.deposit(people.bob, 30)
    street.read()
    call_command("chain_replay", "--contract", "vault")
    call_command("chain_replay", "--contract", "vault")
    assert (available(people.alice), available(people.bob)) == (1000, 0)
    street.settle()
    call_command("chain_replay", "--contract", "vault")
    assert (available(people.alice), available(people.bob)) == (1000, 30)


def test_a_deposit_that_no_node_told_is_credited_once_a_rescan_finds_it(street, people):
    street.house.deposit(people.alice, 30)
    street.mine(3)
    street.skip()
    street.read()
    assert not Deposit.objects.exists()
    call_command("chain_rescan", "--contract", "vault", "--from", "1")
    assert available(people.alice) == 30


# --- Out ------------------------------------------------------------------------------------------


def test_a_withdrawal_is_debited_at_once_and_redeemed_when_that_is_final(street, people, withdraw):
    withdrawal = withdraw(400)
    assert available(people.alice) == 600
    before = street.stage.balance(people.alice)

    street.house.redeem(voucher_of(withdrawal))
    assert street.stage.balance(people.alice) == before + 400
    street.read()
    assert state_of(withdrawal) == State.ISSUED
    street.settle()

    assert state_of(withdrawal) == State.REDEEMED
    assert ledger_totals() == {"user": 600, "vault": -600}
    call_command("check_ledger")


def test_somebody_else_may_get_it(street, people, withdraw):
    withdrawal = withdraw(400, to=people.bob)
    before = street.stage.balance(people.bob)
    street.house.redeem(voucher_of(withdrawal), by=people.mallory)
    street.settle()
    assert street.stage.balance(people.bob) == before + 400
    assert state_of(withdrawal) == State.REDEEMED


@pytest.mark.parametrize("depth", [1, 2])
def test_a_redemption_in_a_block_that_is_replaced_is_none_until_it_is_mined_again(
    street, people, withdraw, depth
):
    withdrawal = withdraw(400)
    street.house.redeem(voucher_of(withdrawal))
    street.mine(depth - 1)
    street.read()
    assert Withdrawal.objects.get().log is not None
    street.reorg(depth)
    street.read()
    assert Withdrawal.objects.get().log is None
    street.mine(2)
    street.read()
    assert (state_of(withdrawal), available(people.alice)) == (State.ISSUED, 600)

    street.house.redeem(voucher_of(withdrawal))
    street.settle()
    assert state_of(withdrawal) == State.REDEEMED
    assert ledger_totals() == {"user": 600, "vault": -600}


def test_one_that_is_replaced_and_never_mined_again_expires(street, people, withdraw):
    withdrawal = withdraw(400)
    street.house.redeem(voucher_of(withdrawal))
    street.read()
    street.reorg(1)
    street.mine(1, seconds=2 * HOUR)
    street.settle()
    assert street.look() == 1
    assert (state_of(withdrawal), available(people.alice)) == (State.EXPIRED, 1000)
    with refused("DeadlinePassed", withdrawal.deadline):
        street.house.redeem(voucher_of(withdrawal))


def test_a_voucher_comes_back_once_the_chain_is_final_past_its_deadline(street, people, withdraw):
    withdrawal = withdraw(400)
    street.mine(1, seconds=1)
    # The head is past it and what is final is not: a block that holds the redemption may come yet.
    street.node.rpc("evm_setNextBlockTimestamp", withdrawal.deadline + 1)
    street.mine(1)
    street.read()
    assert street.look() == 0
    assert (state_of(withdrawal), available(people.alice)) == (State.ISSUED, 600)

    street.settle()
    assert street.look() == 1
    assert street.look() == 0
    assert (state_of(withdrawal), available(people.alice)) == (State.EXPIRED, 1000)
    call_command("check_ledger")


def test_at_its_deadline_it_is_still_good(street, people, withdraw):
    """The final block's time is the deadline itself: another block may have the same."""
    withdrawal = withdraw(400)
    street.node.rpc("evm_setNextBlockTimestamp", withdrawal.deadline)
    street.mine(1)
    street.mine(2, seconds=30)
    street.read()
    final = Cursor.objects.get().finalized_block
    time = street.node.rpc("eth_getBlockByNumber", hex(final), False)["timestamp"]
    assert int(time, 16) == withdrawal.deadline
    assert street.look() == 0
    assert state_of(withdrawal) == State.ISSUED


def test_our_own_clock_expires_nothing(street, withdraw):
    """It may be wrong by days."""
    withdrawal = withdraw(400)
    street.settle()
    late = street.now + timedelta(days=30)
    assert watching.look(street.followed, street.nodes, late) == 0
    assert state_of(withdrawal) == State.ISSUED


def test_a_redemption_that_we_never_heard_of_is_not_paid_twice(street, people, withdraw):
    """The contract is asked, beside our own logs."""
    withdrawal = withdraw(400)
    street.house.redeem(voucher_of(withdrawal))
    street.mine(3, seconds=2 * HOUR)
    street.skip()
    with pytest.raises(Doubtful, match=r"counted 2 events up to block \d+, and 1 are stored"):
        street.look()
    assert (state_of(withdrawal), available(people.alice)) == (State.ISSUED, 600)
    call_command("chain_rescan", "--contract", "vault", "--from", "1")
    assert street.look() == 0
    assert (state_of(withdrawal), available(people.alice)) == (State.REDEEMED, 600)


def test_whoever_excluded_themselves_still_takes_their_money_out(street, funded, withdraw):
    until = street.now + timedelta(days=365)
    personal_limits.set_limits(
        user=funded, wanted=Limits(daily_stake=1, excluded_until=until), now=street.now
    )
    withdrawal = withdraw(1000)
    street.house.redeem(voucher_of(withdrawal))
    street.settle()
    assert state_of(withdrawal) == State.REDEEMED


def test_a_voucher_is_worth_nothing_for_another_vault(street, people, withdraw):
    withdrawal = withdraw(400)
    other = House(street.stage)
    other.deposit(people.alice, 1000)
    with refused("NotSigned"):
        other.redeem(voucher_of(withdrawal))
    with refused("NotSigned"):
        street.house.redeem(replace(voucher_of(withdrawal), amount=401))


# --- What may not be -----------------------------------------------------------------------------


def test_a_payment_that_we_did_not_sign_is_an_incident(street, people, funded, caplog):
    """The key is in somebody else's hands."""
    stolen = street.house.voucher(people.mallory, 900)
    street.house.redeem(stolen)
    with caplog.at_level(logging.CRITICAL):
        street.settle()
    assert f"Voucher {stolen.id} is none of ours" in caplog.text
    assert Quarantine.objects.unresolved().get().reason == Quarantine.Reason.REFUSED
    run = street.compare()
    finding = Finding.objects.get(kind=Finding.Kind.SOLVENCY)
    assert run.trouble == ""
    assert (finding.on_chain, finding.in_database) == ("100", "1000")
    with pytest.raises(CommandError, match="vault: "):
        call_command("reconcile_chain")


def test_a_changed_amount_is_an_incident(street, people, withdraw, caplog):
    withdrawal = withdraw(400)
    changed = street.house.signed(replace(voucher_of(withdrawal), amount=500))
    street.house.redeem(changed)
    street.settle()
    assert "was 400 for" in Quarantine.objects.get().detail
    # It is used up: it never comes back.
    street.mine(3, seconds=2 * HOUR)
    street.read()
    with caplog.at_level(logging.ERROR):
        assert street.look() == 0
    assert f"paid vouchers otherwise than we issued them: [{withdrawal.pk}]" in caplog.text
    assert state_of(withdrawal) == State.ISSUED


def test_the_wrong_key_signs_nothing(street, people, funded, settings):
    settings.VAULT_SIGNER_KEY = of_key(OTHER_KEY)
    with pytest.raises(errors.VaultUnavailable):
        services.withdraw(user=funded, amount=1, to=None, now=street.now)
    assert available(people.alice) == 1000
    assert not Withdrawal.objects.exists()
    assert "is the key of" in signing.trouble()


def test_a_new_signer_on_the_chain_stops_the_old_key(street, people, funded, withdraw):
    owner, bob = street.stage.owner, people.bob
    old = withdraw(100)
    street.house.do(owner, "proposeSigner", bob)
    street.house.do(bob, "acceptSigner")
    street.settle()
    street.look()
    with pytest.raises(errors.VaultUnavailable):
        withdraw(100)
    with pytest.raises(Refused):
        street.house.redeem(voucher_of(old))
    street.mine(1, seconds=2 * HOUR)
    street.settle()
    street.look()
    assert available(people.alice) == 1000


def test_on_the_wrong_chain_nothing_is_seen_or_signed(street, people, funded, settings):
    settings.CHAIN_ID = 56
    street.restart()
    with pytest.raises(NotYet):
        street.look()
    Cursor.objects.update(chain_id=56)
    with pytest.raises(OtherHistory):
        street.look()
    with pytest.raises(errors.VaultUnavailable):
        services.withdraw(user=funded, amount=1, to=None, now=street.now)


def test_another_contract_is_no_vault(street, settings):
    street.settle()
    Cursor.objects.update(contract=street.stage.contract.address.lower())
    settings.VAULT_CONTRACT = street.stage.contract.address.lower()
    street.restart()
    with pytest.raises(Exception, match="is no vault"):
        street.look()
    assert not Reading.objects.exists()
    street.restart()
    assert "is no vault" in street.compare().trouble


# --- Solvency -------------------------------------------------------------------------------------


def test_what_is_held_and_owed_is_of_one_moment(street, people, withdraw):
    withdrawal = withdraw(400)
    street.house.redeem(voucher_of(withdrawal))
    street.house.deposit(people.bob, 50)
    street.read()
    street.look()
    # Both are in blocks that are not final: neither counts, on neither side.
    reading = Reading.objects.get()
    assert (reading.held, reading.balances, reading.vouchers) == (1000, 600, 400)
    street.settle()
    street.look()
    reading = Reading.objects.get()
    assert (reading.held, reading.balances, reading.vouchers) == (650, 650, 0)


def test_a_credit_with_nothing_behind_it_shows(street, funded):
    call_command("check_ledger")
    street.compare()
    assert not Finding.objects.exists()
    betting.credit(user=funded, amount=1, actor=None, reason="out of thin air")
    street.compare()
    finding = Finding.objects.get()
    assert (finding.kind, finding.on_chain, finding.in_database) == ("SOLVENCY", "1000", "1001")
    street.look()
    with pytest.raises(CommandError):
        call_command("check_ledger")
    # Tokens sent to the vault without a deposit are the house's, and cover it.
    stage = street.stage
    stage.do(stage.owner, "transfer", street.house.vault.address, 1, to=stage.token)
    street.settle()
    street.look()
    call_command("check_ledger")
    street.compare()
    assert not Finding.objects.unresolved().exists()
