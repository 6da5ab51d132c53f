"""For tests of the console in Chinese: a world to look at, and what a page has left of English."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

from django.db.models.functions import Now
from django.test import override_settings

from accounts import audit
from accounts import services as account_services
from accounts.models import Role, User
from betting import claims, corrections, personal_limits, proposals, settlement
from betting import services as betting_services
from betting.decisions import Decision, Kind
from betting.personal_limits import Limits
from betting.settlement import Result
from chain import services as chain_services
from chain.models import Cursor
from conftest import ALICE, ALL_GROUPS
from console import checks
from console.models import CheckRun
from kmarket import idempotency
from markets import services
from markets.lifecycle import Event
from markets.models import Feed, HeldPrice, Market
from markets.odds import Moneyline, Odds, Prices
from trading import projection
from trading.submission import Submission
from trading.tests import logs
from vault.models import Deposit, Reading, Withdrawal

PRICES = {1: 185, 4: 192, 6: 190}
# Names, units, and what is called so in Chinese, too.
ALLOWED = {
    *("kmarket", "trader", "acme", "vs", "football", "data", "co", "uk"),
    *("UTC", "USDT", "LP", "CSV", "SHA", "MiB", "Redis", "LDAP"),
    # What a market and a pool are called unless somebody calls them otherwise.
    *("sports", "prediction", "Pools", "Pool"),
    # Which check was asked for, by its key.
    *("ledger", "audit"),
    # What Django has for icons only, in one language.
    *("Search", "True", "False"),
}
# Addresses, hashes, ids; and what a script puts its numbers in.
NO_WORDS = re.compile(
    r"\b(0x)?[0-9a-fA-F]{8,}\b|\b[0-9a-f]{4,8}(-[0-9a-f]{4,12})+\b|0x\w+…\w+|\{\w+\}"
)
SHOWN = {"title", "aria-label", "placeholder", "alt", "label", "content"}
SAID = {"data-line", "data-failed", "data-nothing", "data-sampled", "data-all", "data-nobody"}


class Words(HTMLParser):
    """Collects what a page shows and says, without its scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_button = tag == "input" and given.get("type") in {"submit", "button", "reset"}
        names = (SHOWN if tag != "meta" else set()) | SAID | ({"value"} if is_button else set())
        self.texts += [given[name] or "" for name in names & given.keys()]
        if tag in {"script", "style"}:
            self._hidden = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


def english(page: str) -> set[str]:
    """Return the words of English that a page shows."""
    words = Words()
    words.feed(page)
    # A record is shown as it is stored: JSON, in the words of machines.
    texts = [text for text in words.texts if text.strip()[:1] not in {"{", "["}]
    found = re.findall(r"[A-Za-z]{2,}", NO_WORDS.sub(" ", " | ".join(texts)))
    return set(found) - ALLOWED


def made(*, trader: User, alice: User, open_market: Callable[..., Market]) -> dict[str, Market]:
    """Make rows of every model in many states. Whatever people write in it is Chinese."""

    def build(**changes) -> Market:
        match = {"league": "英超", "home_team": "曼城", "away_team": "利物浦", "reason": "开季"}
        market = open_market(**{"prices": ALL_GROUPS} | match | changes)
        for option, odds in PRICES.items() if "prices" not in changes else ():
            _place(alice, market, option, odds)
        return market

    markets = {name: build() for name in ("open", "waiting", "settled", "corrected", "void")}
    markets["draft"] = build(prices=Prices(), status="draft")
    by = {"actor": trader, "reason": "天气"}
    _price(markets["open"], by)
    # With a cap, so that its exposure is kept.
    _place(alice, markets["open"], 1, 190)
    _settle(markets, alice, by)
    _people(alice, by)
    _machines(trader)
    _chain(trader)
    _vault(alice)
    return markets


def _place(user: User, market: Market, option: int, odds: int) -> None:
    betting_services.place_order(
        user=user,
        market_id=market.pk,
        option=option,
        stake=10,
        seen_odds=Odds(odds),
        now=datetime.now(tz=UTC),
    )


def _price(market: Market, by: dict) -> None:
    """Prices by hand and by a feed, limits, a pause."""
    feed = Feed.objects.create(name="acme", heard_at=datetime.now(tz=UTC) - timedelta(hours=1))
    held = {"moneyline": {"home": "1.80", "away": "2.20"}, "spread": None}
    HeldPrice.objects.create(market=market, feed=feed, changes=held)
    prices = {"moneyline": Moneyline(Odds(190), Odds(205))}
    services.set_odds(market_id=market.pk, changes=prices, source="admin", **by)
    Market.objects.filter(pk=market.pk).update(feed=feed)
    betting_services.set_market_limits(
        market_id=market.pk,
        limits={"liability_cap": 60, "stake_max": 1000, "stake_min": 5},
        option_stake_max={1: 500},
        **by,
    )
    for event in (Event.SUSPEND, Event.RESUME):
        services.change_status(market_id=market.pk, event=event, **by)


def _settle(markets: dict[str, Market], alice: User, by: dict) -> None:
    """Results, claims, corrections, and a decision that waits for a second operator."""
    for name in ("settled", "corrected"):
        result = Result(scores=(2, 1))
        settlement.settle_market(market_id=markets[name].pk, result=result, **by)
    claims.claim_all(user=alice)
    corrected = {"market_id": markets["corrected"].pk, "result": Result(scores=(0, 1))}
    corrections.resettle_market(**corrected, **by)
    corrections.void_market(market_id=markets["void"].pk, **by)
    with override_settings(SETTLEMENT_FOUR_EYES=True):
        waits = Decision(Kind.SETTLE, Result(scores=(1, 1)))
        proposals.decide(market_id=markets["waiting"].pk, decision=waits, **by)


def _people(alice: User, by: dict) -> None:
    """An operator of each role, a guest, and a player with limits of her own."""
    for number, role in enumerate(Role):
        person = User.objects.create_user(f"员工{number}")
        account_services.set_role(user=person, role=role, **by)
    now = datetime.now(tz=UTC)
    account_services.open_guest_session(now=now)
    for limits in (Limits(daily_stake=500), Limits(daily_stake=900)):
        personal_limits.set_limits(user=alice, wanted=limits, now=now)


def _chain(trader: User) -> None:
    """What was read from a chain, what it came to, and what was wrong with it. Evidence is told in
    the words of machines; here it has none."""
    cursor = Cursor.objects.create(
        chain_id=56, contract=logs.CONTRACT, start_block=1, last_block=2, last_hash=logs.HASH
    )
    cursor.blocks.create(number=2, hash=logs.HASH)
    events = [logs.created(), logs.added(), logs.bought(), logs.sold(), logs.removed()]
    placed = logs.stored([*events, logs.proposed(), logs.finalized(), logs.claimed()], block=1)
    assert projection.apply(placed) == []
    projection.pause(logs.CONTRACT, 1, "7")
    cursor.quarantined.create(
        log_id=placed[0].log.id, reason="undecodable", detail="7", payload={}, market_id=1
    )
    now = datetime.now(tz=UTC)
    run = cursor.reconciliations.create(started_at=now, block_number=1, compared={"pools": 1})
    cursor.findings.create(
        kind="AMOUNT_MISMATCH", subject="7", found_in=run, seen_in=run, evidence={"block": 1}
    )
    Submission.objects.create(
        user=trader,
        sender=logs.PEOPLE[0],
        chain_id=56,
        contract=logs.CONTRACT,
        hash=logs.HASH,
        from_block=1,
    )
    chain_services.order_replay(cursor=cursor, actor=trader, reason="复核")


def _vault(alice: User) -> None:
    """What came in, what waits for two operators, and the vault itself."""
    which = {"chain_id": 56, "contract": logs.CONTRACT}
    (placed,) = logs.stored([logs.created(market_id=2)], block=2)
    Deposit.objects.create(
        **which, seq=1, log_id=placed.log.id, block_number=2, address=ALICE, amount=5
    )
    Withdrawal.objects.create(**which, user=alice, to=ALICE, amount=5, state=Withdrawal.State.HELD)
    amounts = ("daily_limit", "payout_left", "held", "balances", "claims", "vouchers")
    Reading.objects.create(
        **which,
        block_number=2,
        block_hash=logs.HASH,
        read_at=datetime.now(tz=UTC),
        token=logs.CONTRACT,
        decimals=18,
        signer=ALICE,
        deposits_paused=False,
        payouts_paused=True,
        **dict.fromkeys(amounts, 7),
    )


def _machines(trader: User) -> None:
    """What processes leave behind: checks, seals, keys."""
    for kind in CheckRun.Kind:
        checks.request(kind=kind, actor=trader)
    CheckRun.objects.update(began_at=Now(), ended_at=Now(), fault_count=2, said="1 = 2")
    audit.seal(datetime.now(tz=UTC))
    idempotency.use_up(scope="0", key="1")
