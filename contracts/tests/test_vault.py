"""Tokens in by deposits, out by vouchers, and by nothing else."""

from dataclasses import replace

import pytest

from accounts.wallet import CURVE_ORDER
from chain.artifacts import artifact
from contracts.tests.house import DAY, HOUR, LIMIT_A_DAY, OTHER_KEY, House
from contracts.tests.stage import E18, NOBODY, refused

pytestmark = pytest.mark.needs("node")

# `*`: indexed.
FIELDS = {
    "Deposited": "user* seq amount",
    "Withdrawn": "id* user* seq amount",
    "PauseChanged": "deposits payouts",
    "DailyLimitChanged": "before dailyLimit",
    "SignerProposed": "signer*",
    "SignerChanged": "before* signer*",
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_and_what_is_indexed(name):
    (event,) = [one for one in artifact("Vault").abi if one.get("name") == name]
    found = [field["name"] + "*" * field["indexed"] for field in event["inputs"]]
    assert found == FIELDS[name].split()


def test_a_deposit_is_its_senders(stage, house, alice):
    before = stage.balance(alice)
    done = house.deposit(alice, 5 * E18)
    assert done.events == [("Deposited", {"user": alice, "seq": 1, "amount": 5 * E18})]
    assert (house.held, stage.balance(alice)) == (5 * E18, before - 5 * E18)


def test_a_deposit_for_somebody_else_is_theirs(stage, house, alice, bob):
    before = stage.balance(alice)
    done = house.do(alice, "depositFor", bob, 7)
    assert done.events == [("Deposited", {"user": bob, "seq": 1, "amount": 7})]
    assert stage.balance(alice) == before - 7


def test_nothing_is_no_deposit_and_nobody_no_user(house, alice):
    with refused("ZeroAmount"):
        house.deposit(alice, 0)
    for user in (NOBODY, house.vault.address):
        with refused("BadAddress", user):
            house.do(alice, "depositFor", user, 1)


def test_what_is_not_allowed_or_not_there_is_no_deposit(stage, house, alice):
    stage.do(alice, "approve", house.vault.address, 9, to=stage.token)
    with refused("ERC20InsufficientAllowance", house.vault.address, 9, 10):
        house.deposit(alice, 10)
    assert house.read("seq") == 0


def test_a_voucher_pays_once_whoever_sends_it(stage, house, alice, bob, mallory):
    house.deposit(alice, 100)
    voucher = house.voucher(bob, 60)
    before = stage.balance(bob), stage.balance(mallory)

    done = house.redeem(voucher, by=mallory)

    paid = {"id": voucher.id, "user": bob, "seq": 2, "amount": 60}
    assert done.events == [("Withdrawn", paid)]
    assert (stage.balance(bob), stage.balance(mallory)) == (before[0] + 60, before[1])
    assert house.read("used", voucher.id)
    with refused("VoucherUsed", voucher.id):
        house.redeem(voucher)
    # Nor does another one with its number.
    with refused("VoucherUsed", voucher.id):
        house.redeem(house.signed(replace(voucher, amount=1)))
    assert house.held == 40


def test_what_is_signed_is_what_wallets_show(house, alice):
    """eth-account's EIP-712 and the contract's are one."""
    voucher = house.voucher(alice, 1)
    digest = house.read("digestOf", voucher.id, alice, 1, voucher.deadline)
    assert house.signer.unsafe_sign_hash(digest).signature == voucher.signature


@pytest.mark.parametrize("change", ["id", "to", "amount", "deadline"])
def test_a_changed_voucher_is_nobodys(house, alice, mallory, change):
    house.deposit(alice, 100)
    voucher = house.voucher(alice, 60)
    others = {"id": 99, "to": mallory, "amount": 61, "deadline": voucher.deadline + 1}
    with refused("NotSigned"):
        house.redeem(replace(voucher, **{change: others[change]}))


@pytest.mark.parametrize(
    "domain",
    [{"chainId": 1}, {"verifyingContract": "0x" + "ab" * 20}, {"name": "vault"}, {"version": "2"}],
    ids=lambda domain: next(iter(domain)),
)
def test_a_voucher_of_another_chain_or_contract_is_none_here(house, alice, domain):
    house.deposit(alice, 100)
    with refused("NotSigned"):
        house.redeem(house.voucher(alice, 60, **domain))


def test_a_voucher_of_one_vault_is_none_of_another(stage, house, alice):
    voucher = house.voucher(alice, 60)
    other = House(stage)
    other.deposit(alice, 100)
    with refused("NotSigned"):
        other.redeem(voucher)


def test_nobody_but_the_signer_signs(house, alice):
    house.deposit(alice, 100)
    with refused("NotSigned"):
        house.redeem(house.voucher(alice, 60, key=OTHER_KEY))


def twisted(signature):
    """What else somebody may make of a signature that they have seen."""
    r, s, v = signature[:32], int.from_bytes(signature[32:64]), signature[64]
    flipped = (CURVE_ORDER - s).to_bytes(32)
    yield r + flipped + bytes([55 - v])
    yield r + flipped + bytes([v])
    yield signature[:64] + bytes([v - 27])
    yield signature[:64] + bytes([55 - v])
    # The short form of EIP-2098.
    yield r + (s | (v - 27) << 255).to_bytes(32)
    yield signature + b"\x00"
    yield b""
    yield bytes(65)


def test_a_voucher_has_one_signature(house, alice):
    house.deposit(alice, 100)
    voucher = house.voucher(alice, 60)
    for signature in twisted(voucher.signature):
        with refused("NotSigned"):
            house.redeem(replace(voucher, signature=signature))
    house.redeem(voucher)


def test_a_voucher_is_good_through_the_second_of_its_deadline(house, alice):
    house.deposit(alice, 100)
    first, second = house.voucher(alice, 1), house.voucher(alice, 2)
    house.redeem(first, at=first.deadline)
    with refused("DeadlinePassed", second.deadline):
        house.redeem(second, at=second.deadline + 1)


def test_vouchers_for_nothing_or_nobody_are_refused_though_they_are_signed(house, alice):
    house.deposit(alice, 100)
    with refused("ZeroAmount"):
        house.redeem(house.voucher(alice, 0))
    for nobody in (NOBODY, house.vault.address):
        with refused("BadAddress", nobody):
            house.redeem(house.voucher(nobody, 1), by=alice)


def test_more_than_there_is_is_not_paid(house, alice):
    house.deposit(alice, 100)
    voucher = house.voucher(alice, 101)
    with refused("ERC20InsufficientBalance", house.vault.address, 100, 101):
        house.redeem(voucher)
    # And the voucher is still good.
    house.deposit(alice, 1)
    house.redeem(voucher)


def test_seq_counts_both(house, alice, bob):
    done = [house.deposit(alice, 10), house.do(bob, "depositFor", alice, 5)]
    done += [house.redeem(house.voucher(bob, 3)), house.deposit(bob, 1)]
    assert [fields["seq"] for one in done for _, fields in one.events] == [1, 2, 3, 4]
    assert house.read("seq") == 4


def test_entry_and_payouts_stop_each_for_itself(house, owner, alice):
    house.deposit(alice, 100)
    assert house.do(owner, "setPaused", True, False).events == [
        ("PauseChanged", {"deposits": True, "payouts": False})
    ]
    with refused("DepositsPaused"):
        house.deposit(alice, 1)
    house.redeem(house.voucher(alice, 1))

    house.do(owner, "setPaused", False, True)
    voucher = house.voucher(alice, 1)
    with refused("PayoutsPaused"):
        house.redeem(voucher)
    house.deposit(alice, 1)

    house.do(owner, "setPaused", False, False)
    house.redeem(voucher)


class TestTheDailyLimit:
    @pytest.fixture
    def start(self, stage, house, owner):
        """The beginning of an hour, and plenty in the vault."""
        house.deposit(owner, 10 * LIMIT_A_DAY)
        return (stage.now // HOUR + 2) * HOUR

    def pay(self, house, amount, at):
        return house.redeem(house.voucher(house.stage.alice, amount, seconds=40 * DAY), at=at)

    def test_no_more_goes_out_within_a_day(self, house, start):
        assert house.read("payoutLeft") == LIMIT_A_DAY
        self.pay(house, LIMIT_A_DAY - 5, start)
        with refused("LimitReached", 6, 5):
            self.pay(house, 6, start + 1)
        self.pay(house, 5, start + 2)
        with refused("LimitReached", 1, 0):
            self.pay(house, 1, start + DAY + HOUR - 1)
        # The hour is over, and 24 more.
        self.pay(house, LIMIT_A_DAY, start + DAY + HOUR)

    def test_it_comes_back_hour_by_hour(self, house, start):
        for hour in range(4):
            self.pay(house, 10 * E18 * (hour + 1), start + hour * HOUR)
        left = LIMIT_A_DAY - 100 * E18
        for hour in range(4):
            at = start + hour * HOUR + DAY + HOUR
            left += 10 * E18 * (hour + 1)
            with refused("LimitReached", left + 1, left):
                self.pay(house, left + 1, at)
        assert left == LIMIT_A_DAY

    def test_after_a_long_time_nothing_counts(self, house, start):
        self.pay(house, LIMIT_A_DAY, start)
        self.pay(house, LIMIT_A_DAY, start + 30 * DAY)
        with refused("LimitReached", 1, 0):
            self.pay(house, 1, start + 30 * DAY + 1)

    def test_a_lower_one_counts_at_once(self, house, owner, start):
        self.pay(house, 100, start)
        changed = {"before": LIMIT_A_DAY, "dailyLimit": 50}
        assert house.do(owner, "setDailyLimit", 50).events == [("DailyLimitChanged", changed)]
        assert house.read("payoutLeft") == 0
        with refused("LimitReached", 1, 0):
            self.pay(house, 1, start + HOUR)
        house.do(owner, "setDailyLimit", 101)
        self.pay(house, 1, start + 2 * HOUR)


OWNERS = {
    "setPaused": (True, True),
    "setDailyLimit": (1,),
    "proposeSigner": ("0x" + "11" * 20,),
    "transferOwnership": ("0x" + "11" * 20,),
}


@pytest.mark.parametrize("call", OWNERS)
def test_only_the_owner(house, mallory, call):
    with refused("OwnableUnauthorizedAccount", mallory):
        house.do(mallory, call, *OWNERS[call])


def test_a_signer_is_named_and_accepts(stage, house, owner, bob, mallory):
    house.deposit(bob, 100)
    old = house.voucher(bob, 10)
    next_one = stage.people[3]
    assert house.do(owner, "proposeSigner", next_one).events == [
        ("SignerProposed", {"signer": next_one})
    ]
    with refused("NotProposed", mallory):
        house.do(mallory, "acceptSigner")
    # Until then it is the old one.
    house.redeem(house.voucher(bob, 1))

    changed = {"before": house.signer.address.lower(), "signer": next_one}
    assert house.do(next_one, "acceptSigner").events == [("SignerChanged", changed)]
    with refused("NotSigned"):
        house.redeem(old)
    with refused("NotProposed", next_one):
        house.do(next_one, "acceptSigner")


def test_a_proposal_is_taken_back(stage, house, owner, bob):
    house.do(owner, "proposeSigner", bob)
    house.do(owner, "proposeSigner", NOBODY)
    with refused("NotProposed", bob):
        house.do(bob, "acceptSigner")


def test_an_owner_is_named_and_accepts_and_there_always_is_one(house, owner, alice, bob):
    house.do(owner, "transferOwnership", alice)
    assert house.read("owner") == owner
    with refused("OwnableUnauthorizedAccount", bob):
        house.do(bob, "acceptOwnership")
    house.do(alice, "acceptOwnership")
    assert house.read("owner") == alice
    with refused("OwnerNeeded"):
        house.do(alice, "renounceOwnership")


def test_no_function_moves_tokens_but_those_two():
    """The owner has no way to the users' tokens: whatever writes is listed here."""
    writes = {
        one["name"]
        for one in artifact("Vault").abi
        if one["type"] == "function" and one["stateMutability"] in {"nonpayable", "payable"}
    }
    entry_and_exit = {"deposit", "depositFor", "withdraw"}
    assert writes == entry_and_exit | {*OWNERS, "acceptSigner", "acceptOwnership"}


def test_a_vault_has_a_token_and_a_signer(stage, house, owner, alice):
    with refused("BadAddress", alice):
        stage.deploy("Vault", alice, owner, house.signer.address, 1)
    with refused("BadAddress", NOBODY):
        stage.deploy("Vault", stage.token.address, owner, NOBODY, 1)
