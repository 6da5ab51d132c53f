"""A book with something on every page of the console, and some of it as long as it may be."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from e2e.console.shop import Shop
from e2e.house import Wallet

TOKEN = 10**18
HUGE = 10**77
MARKUP = "<b>bold</b> & \"quoted\" 'text' <script>alert(1)</script>"
LONG_WORD = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch" + "o" * 24
MOVES = 12
# One more than a person's page shows at once.
BETS = 21


@dataclass
class Book:
    """Who is in it, and the numbers of what is."""

    shop: Shop
    operator: Wallet
    second: Wallet
    punter: Wallet
    markets: dict[str, int] = field(default_factory=dict)
    proposal: int = 0

    @property
    def person(self) -> int:
        """The user with money, bets and limits."""
        return self.shop.user(self.punter)

    def fill(self) -> None:
        """Make all of it, over the API."""
        self._people()
        self._busy_market()
        self._long_market()
        self._decided_markets()
        self._proposed()

    def market(self, name: str, home: str, away: str, **more: Any) -> int:
        start = datetime.now(tz=UTC) + timedelta(days=2)
        body = {
            "league": "EPL",
            "home_team": home,
            "away_team": away,
            "start_time": int(start.timestamp() * 1000),
            **more,
        }
        self.markets[name] = number = self.operator.post("admin/markets", body, expect=201)["id"]
        return number

    def bet(self, market_id: int, option: int, amount: int, by: Wallet | None = None) -> int:
        body = {"marketId": market_id, "option": option, "amount": str(amount)}
        body |= {"odds": 101, "acceptOdds": "any"}
        order: int = (by or self.punter).post("bets", body, expect=201)["orderId"]
        return order

    def _people(self) -> None:
        self._credit(self.punter, 100_000 * TOKEN)
        self.punter.put("me/limits", {"dailyStake": str(90_000 * TOKEN), "excludedUntil": None})

    def _busy_market(self) -> None:
        """Prices that moved often, bets, limits nearly reached, and a feed held back by a pin."""
        number = self.market("busy", "Brighton", "Everton", payload=_prices(1.8))
        self._feed(number, 1.83)
        for step in range(MOVES):
            prices = _prices(round(1.8 + step % 9 / 50, 2), line=2.5 + step // 4 % 2 / 4)
            body = {"market_id": number, "payload": prices, "reason": f"team news {step}"}
            self.operator.post("admin/odds/override", body, expect=201)
        self._feed(number, 1.9)
        limits = {"stakeMin": str(TOKEN), "stakeMax": str(500 * TOKEN)}
        limits |= {"userStakeMax": str(2000 * TOKEN), "liabilityCap": str(900 * TOKEN)}
        limits |= {"optionStakeMax": {"4": str(123 * TOKEN + 1)}, "reason": "few know them"}
        self.operator.put(f"admin/markets/{number}/limits", limits)
        for step in range(BETS):
            self.bet(number, 1 + step % 7, (step + 1) * 3 * TOKEN // 2)
        lower = {"liabilityCap": str(60 * TOKEN), "reason": "enough"}
        self.operator.put(f"admin/markets/{number}/limits", lower)

    def _long_market(self) -> None:
        """What may be long is: names, description, stakes."""
        number = self.market(
            *("long", LONG_WORD, MARKUP),
            league="A league whose name is as long as a league's name may be, which is eighty.",
            description=f"{MARKUP} {LONG_WORD * 3}\nA second line.",
            payload=_prices(999.99, away=1.01),
            category="esports, virtual and other inventions..",
        )
        whale = self.shop.wallet()
        self._credit(whale, HUGE)
        self.bet(number, 2, HUGE - 1, by=whale)

    def _decided_markets(self) -> None:
        """A draft, one suspended, one cancelled, one settled, claimed and settled again."""
        self.market("draft", "Leeds", "Burnley", status="draft")
        suspended = self.market("suspended", "Fulham", "Brentford", payload=_prices(1.9))
        self._change(suspended, "suspended")
        settled = self.market("settled", "Wolves", "Forest", payload=_prices(1.5))
        orders = [self.bet(settled, option, 20 * TOKEN) for option in (1, 2, 3, 4, 6)]
        self._change(settled, "closed")
        self._decide(f"admin/markets/{settled}/settle", {"home_score": 2, "away_score": 1})
        self.punter.post(f"bets/{orders[0]}/claim")
        self._decide(
            f"admin/markets/{settled}/resettle",
            {"home_score": 1, "away_score": 1, "reason": "offside, seen late"},
        )
        cancelled = self.market("cancelled", "Leicester", "Derby", payload=_prices(1.7))
        self.bet(cancelled, 2, 5 * TOKEN)
        self._decide(f"admin/markets/{cancelled}/void", {"reason": "fog"})

    def _proposed(self) -> None:
        number = self.market("proposed", "Spurs", "Villa", payload=_prices(1.6))
        for option in (1, 2, 4, 7):
            self.bet(number, option, 33 * TOKEN)
        self._change(number, "closed")
        body = {"home_score": 0, "away_score": 2, "reason": MARKUP}
        proposed = self.operator.post(f"admin/markets/{number}/settle", body)
        self.proposal = proposed["proposalId"]

    def _credit(self, wallet: Wallet, amount: int) -> None:
        path = f"admin/users/{wallet.account.address}/credit"
        self.operator.post(path, {"amount": str(amount), "reason": "bank transfer 4711"})

    def _feed(self, market_id: int, home: float) -> None:
        row = {"market_id": market_id, "moneyline": {"home": home, "draw": 3.4, "away": 4.5}}
        self.operator.post("admin/odds/bulk", {"feed": "book-a", "updates": [row]})

    def _change(self, market_id: int, status: str) -> None:
        self.operator.put(f"admin/markets/{market_id}", {"status": status, "reason": "injury"})

    def _decide(self, path: str, body: dict[str, Any]) -> None:
        """Propose as one operator, approve as the other."""
        proposal = self.operator.post(path, {"reason": "final whistle", **body})["proposalId"]
        self.second.post(f"admin/proposals/{proposal}/approve")


def _prices(home: float, away: float = 4.4, line: float = 2.5) -> dict[str, Any]:
    return {
        "moneyline": {"home": home, "draw": 3.4, "away": away},
        "spread": {"line": -0.75, "home": 1.92, "away": 1.98},
        "total": {"line": line, "over": 1.9, "under": 2.0},
    }
