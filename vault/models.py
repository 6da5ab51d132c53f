"""Tokens that came in and go out over the chain, and the vault as we saw it last."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from accounts.models import User
from chain.models import RawLog
from kmarket.fields import AMOUNT_MAX, AddressField, AmountField, HashField, is_address
from kmarket.ids import IdField


class DepositQuerySet(models.QuerySet["Deposit"]):
    """Which of them."""

    def of(self, chain_id: int, contract: str) -> DepositQuerySet:
        """Keep those of one vault."""
        return self.filter(chain_id=chain_id, contract=contract)

    def waiting(self) -> DepositQuerySet:
        """Keep what is on the chain and not in a balance yet."""
        return self.filter(credited_at__isnull=True)


class Deposit(models.Model):
    """Tokens that came into the vault. The row comes and goes with its block until that is final;
    then it is credited, and stays for ever."""

    chain_id = models.PositiveBigIntegerField()
    contract = AddressField()
    # The contract's count: on whatever branch, no two deposits have the same.
    seq = models.PositiveBigIntegerField()
    log = models.OneToOneField(RawLog, on_delete=models.PROTECT, related_name="deposit")
    block_number = models.PositiveBigIntegerField()
    # Whose it is: they may never have signed in.
    address = AddressField()
    amount = AmountField()
    credited_at = models.DateTimeField(null=True)
    # Who got it; null until then.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="deposits",
        db_index=False,
    )

    objects = DepositQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="deposit_once", fields=["chain_id", "contract", "seq"]),
            models.CheckConstraint(name="deposit_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="deposit_addresses_hex",
                condition=is_address("contract") & is_address("address"),
            ),
            models.CheckConstraint(
                name="deposit_credited_to_somebody",
                condition=Q(credited_at__isnull=True, user__isnull=True)
                | Q(credited_at__isnull=False, user__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="deposit_by_address", fields=["address", "-block_number", "-seq"]),
            models.Index(
                name="deposit_waiting",
                fields=["block_number"],
                condition=Q(credited_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return gettext("deposit %(seq)s") % {"seq": self.seq}


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    """Which of them."""

    def of(self, chain_id: int, contract: str) -> WithdrawalQuerySet:
        """Keep those of one vault."""
        return self.filter(chain_id=chain_id, contract=contract)

    def visible_to(self, user: User) -> WithdrawalQuerySet:
        """Keep a user's own. Whoever has a voucher can send it: staff look in the console."""
        return self.filter(user=user)

    def unseen(self) -> WithdrawalQuerySet:
        """Keep vouchers that were given out and that no block has paid, as far as we know."""
        return self.filter(state=Withdrawal.State.ISSUED, log__isnull=True)

    def outstanding(self) -> WithdrawalQuerySet:
        """Keep what left a balance and has neither left the vault for good nor come back."""
        return self.filter(state__in=[Withdrawal.State.HELD, Withdrawal.State.ISSUED])

    def counted(self) -> WithdrawalQuerySet:
        """Keep what counts towards a daily limit: all that did not come back."""
        return self.exclude(state__in=[Withdrawal.State.EXPIRED, Withdrawal.State.REFUSED])


class Withdrawal(models.Model):
    """Tokens on their way out: a debit, and the voucher that the vault pays. Its id is the
    voucher's. A trigger lets nothing change but its state, and nothing at all once it is over."""

    class State(models.TextChoices):
        """How far it is."""

        HELD = "held"  # waits until two operators release it
        ISSUED = "issued"  # the voucher is out
        REDEEMED = "redeemed"  # the vault has paid it, in a block that is final
        EXPIRED = "expired"  # nobody can redeem it any more; credited back
        REFUSED = "refused"  # an operator did not release it; credited back

    id = IdField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="withdrawals",
        db_index=False,
    )
    chain_id = models.PositiveBigIntegerField()
    contract = AddressField()
    to = AddressField()
    amount = AmountField()
    state = models.CharField(max_length=8, choices=State.choices)
    requested_at = models.DateTimeField(db_default=Now())
    # Seconds since 1970, by the chain's clock. With the signature: null while it is held.
    deadline = models.PositiveBigIntegerField(null=True)
    signer = AddressField(null=True)
    signature = models.CharField(max_length=132, null=True)
    # Of a block that paid it; it may still be replaced as long as the state is `issued`.
    log = models.OneToOneField(
        RawLog, null=True, on_delete=models.PROTECT, related_name="withdrawal"
    )
    ended_at = models.DateTimeField(null=True)
    # Four eyes: who said first that it may go out, and who said so then, or refused.
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="withdrawal_amount_positive",
                condition=Q(amount__gt=0) & Q(amount__lte=AMOUNT_MAX),
            ),
            models.CheckConstraint(
                name="withdrawal_addresses_hex",
                condition=is_address("contract") & is_address("to"),
            ),
            models.CheckConstraint(
                name="withdrawal_state_known",
                condition=Q(state__in=["held", "issued", "redeemed", "expired", "refused"]),
            ),
            models.CheckConstraint(
                name="withdrawal_signed_iff_issued",
                condition=Q(
                    state__in=["held", "refused"],
                    deadline__isnull=True,
                    signer__isnull=True,
                    signature__isnull=True,
                )
                | Q(
                    state__in=["issued", "redeemed", "expired"],
                    deadline__isnull=False,
                    signer__isnull=False,
                    signature__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="withdrawal_paid_or_back",
                condition=Q(state="issued")
                | Q(state="redeemed", log__isnull=False)
                | Q(state__in=["held", "expired", "refused"], log__isnull=True),
            ),
            models.CheckConstraint(
                name="withdrawal_over_iff_ended",
                condition=Q(state__in=["held", "issued"], ended_at__isnull=True)
                | Q(state__in=["redeemed", "expired", "refused"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="withdrawal_released_by_two",
                condition=Q(confirmed_by__isnull=True)
                | (
                    Q(released_by__isnull=False)
                    & ~Q(confirmed_by=F("released_by"))
                    & ~Q(confirmed_by=F("user"))
                    & ~Q(released_by=F("user"))
                ),
            ),
        ]
        indexes = [
            models.Index(name="withdrawal_by_user", fields=["user", "-requested_at", "-id"]),
            models.Index(name="withdrawal_due", fields=["deadline"], condition=Q(state="issued")),
            models.Index(name="withdrawal_held", fields=["id"], condition=Q(state="held")),
        ]
        permissions = [("release_withdrawal", "Can release and refuse withdrawals that are held")]

    def __str__(self) -> str:
        return gettext("withdrawal %(id)s") % {"id": self.pk}


class Reading(models.Model):
    """The vault at a block that was final, and what the ledger owed at the same moment. One row
    for each vault: the newest."""

    chain_id = models.PositiveBigIntegerField()
    contract = AddressField()
    block_number = models.PositiveBigIntegerField()
    block_hash = HashField()
    read_at = models.DateTimeField()
    token = AddressField()
    decimals = models.PositiveSmallIntegerField()
    signer = AddressField()
    deposits_paused = models.BooleanField()
    payouts_paused = models.BooleanField()
    daily_limit = AmountField()
    payout_left = AmountField()
    # What there is, and what of it is whose.
    held = AmountField()
    balances = AmountField()
    claims = AmountField()
    vouchers = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="reading_once", fields=["chain_id", "contract"])
        ]

    def __str__(self) -> str:
        return gettext("the vault at block %(number)s") % {"number": self.block_number}

    @property
    def owed(self) -> int:
        """What people may ask for: balances, payouts that wait to be claimed, vouchers."""
        return self.balances + self.claims + self.vouchers
