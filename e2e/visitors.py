"""Clients of every kind that keep asking, whatever happens to the house, and note each answer."""

import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import connect

from e2e.house import House, Wallet
from kmarket.tests.processes import eventually

# Longer than any answer may take.
TIMEOUT_SECONDS = 30.0
PAUSE_SECONDS = 0.1
STAKE = "1000"
# What a visitor says of a connection that broke before its answer.
BROKEN = "broken"
GOOD = {"200", "201", "ack"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said (a status, a close code, "ack" or "broken"), and when it was asked."""

    said: str
    begun: float
    ended: float
    # Of a refusal: its headers and body.
    retry_after: str = ""
    body: str = ""

    @property
    def seconds(self) -> float:
        return self.ended - self.begun

    @property
    def is_good(self) -> bool:
        return self.said in GOOD


class Visitor:
    """One client in a thread of its own. `ask` makes a request by the client that it is given."""

    def __init__(self, name: str, house: House, ask: Callable[[httpx.Client], Any]) -> None:
        self.name = name
        self.answers: list[Answer] = []
        self._house, self._ask = house, ask
        self._enough = threading.Event()
        self._bugs: list[BaseException] = []
        self._thread = threading.Thread(target=self._keep_asking, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._enough.set()
        self._thread.join(2 * TIMEOUT_SECONDS)
        assert not self._bugs, self._bugs

    def between(self, since: float, until: float) -> list[Answer]:
        """Return the answers that were asked for and came between two moments."""
        return [one for one in self.answers if since <= one.begun and one.ended <= until]

    def was_told_between(self, since: float, until: float) -> bool:
        """Tell whether an answer came between two moments, whenever it was asked for."""
        return any(since <= one.ended <= until for one in self.answers)

    def is_well_since(self, moment: float) -> bool:
        """Tell whether the last two answers are good, and were asked for after a moment."""
        last = self.answers[-2:]
        return len(last) == 2 and all(one.is_good and one.begun > moment for one in last)

    def last_bad_after(self, moment: float) -> float:
        """Return when the last answer that was not good came, or the moment if none did."""
        bad = [one.ended for one in self.answers if one.ended > moment and not one.is_good]
        return max(bad, default=moment)

    def _keep_asking(self) -> None:
        url = f"{self._house.url}/api/v1/"
        with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS) as client:
            while not self._enough.wait(PAUSE_SECONDS):
                begun = time.monotonic()
                try:
                    said = self._ask(client)
                except httpx.TransportError:
                    said = BROKEN
                except BaseException as bug:
                    self._bugs.append(bug)
                    return
                self.answers.append(_noted(said, begun))


def _noted(said: Any, begun: float) -> Answer:
    ended = time.monotonic()
    if isinstance(said, httpx.Response):
        retry_after = said.headers.get("Retry-After", "")
        return Answer(str(said.status_code), begun, ended, retry_after, said.text)
    return Answer(str(said), begun, ended)


@dataclass
class Bettor:
    """Bets, each under a key of its own, and sends it again until it is told how that went."""

    wallet: Wallet
    market_id: int
    # The order of each key that was answered.
    placed: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._keys = (f"bet {number}" for number in itertools.count())
        self._key = next(self._keys)

    def bet(self, client: httpx.Client) -> httpx.Response:
        body = {"marketId": self.market_id, "option": 1, "amount": STAKE, "odds": 185}
        answer = client.post(
            "bets",
            json=body | {"acceptOdds": "any", "clientRef": self._key},
            headers=bearer(self.wallet) | {"Idempotency-Key": self._key},
        )
        if answer.is_success:
            self.placed[self._key] = answer.json()["orderId"]
            self._key = next(self._keys)
        return answer

    def under_way(self, stored: set[tuple[str, int]]) -> set[tuple[str, int]]:
        """Return those orders that it hasn't been told of yet: the last one, perhaps."""
        return {order for order in stored if order[0] == self._key}

    def stored(self) -> set[tuple[str, int]]:
        """Return each order that is there: the key that it was sent with, and its number."""
        found: set[tuple[str, int]] = set()
        for page in itertools.count(1):
            items = self.wallet.get("bets", page=page, pageSize=100)["items"]
            # A bet that is placed meanwhile moves the others to the next page.
            found |= {(item["clientRef"], item["orderId"]) for item in items}
            if len(items) < 100:
                return found
        return found


@dataclass
class Mover:
    """An operator who overrides the odds of one market, each time to something else."""

    wallet: Wallet
    market_id: int

    def __post_init__(self) -> None:
        self._homes = itertools.cycle([1.8, 1.81, 1.82, 1.83])

    def override(self, client: httpx.Client) -> httpx.Response:
        moneyline = {"home": next(self._homes), "away": 1.95}
        body = {"market_id": self.market_id, "payload": {"moneyline": moneyline}, "reason": "test"}
        return client.post("admin/odds/override", json=body, headers=bearer(self.wallet))


def sign_in(house: House) -> Callable[[httpx.Client], httpx.Response]:
    """Return how to sign in, all of it: the refusal of either step, or the token."""
    wallet = Wallet(house)

    def ask(client: httpx.Client) -> httpx.Response:
        nonce = client.get("auth/nonce", params={"address": wallet.account.address})
        if not nonce.is_success:
            return nonce
        return client.post("auth/verify-sig", json=wallet.signed(nonce.json()["nonce"]))

    return ask


def console(house: House, cookies: httpx.Cookies) -> Callable[[httpx.Client], httpx.Response]:
    """Return how an operator looks at a page."""

    def ask(client: httpx.Client) -> httpx.Response:
        client.cookies = cookies
        return client.get(f"{house.url}/admin/password_change/")

    return ask


def handshake(house: House, token: str, market_id: int) -> Callable[[httpx.Client], str]:
    """Return how to open a socket and subscribe: "ack", or the code that it is closed with."""
    words = json.dumps({"type": "subscribe", "markets": [str(market_id)]})

    def ask(client: httpx.Client) -> str:
        try:
            with connect(f"{house.socket_url}?token={token}", open_timeout=TIMEOUT_SECONDS) as ws:
                ws.send(words)
                return str(json.loads(ws.recv(TIMEOUT_SECONDS))["type"])
        except ConnectionClosed as end:
            return str(end.rcvd.code) if end.rcvd else BROKEN
        except (OSError, InvalidHandshake, InvalidMessage, TimeoutError):
            return BROKEN

    return ask


def socket_io(house: House, token: str, market_id: int) -> Callable[[httpx.Client], str]:
    """Return how a client of Socket.IO comes in and subscribes: "ack", or what it is told."""
    url = house.socket_url.replace("/ws/odds", "/socket.io/?EIO=4&transport=websocket")

    def ask(client: httpx.Client) -> str:
        try:
            with connect(url, open_timeout=TIMEOUT_SECONDS) as ws:
                ws.send("40" + json.dumps({"token": token}))
                ws.send(f'420["subscribe:market",{market_id}]')
                # Others are told of on the way.
                told = next(filter(_is_told, iter(lambda: ws.recv(TIMEOUT_SECONDS), None)))
            if told.startswith("44"):
                return str(json.loads(told[2:])["data"]["code"])
            (said,) = json.loads(told[3:])
            return "ack" if said["ok"] else str(said["code"])
        except ConnectionClosed as end:
            return str(end.rcvd.code) if end.rcvd else BROKEN
        except (OSError, InvalidHandshake, InvalidMessage, TimeoutError):
            return BROKEN

    return ask


def _is_told(packet: Any) -> bool:
    """Tell whether a packet of Socket.IO answers our event, or says that we may not come in."""
    return str(packet).startswith(("430", "44"))


def console_cookies(house: House, password: str) -> httpx.Cookies:
    """Sign in to the console by its form."""
    with httpx.Client(base_url=house.url, timeout=TIMEOUT_SECONDS) as client:
        client.get("/admin/login/")
        form = {"username": "admin", "password": password, "next": "/admin/"}
        form["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
        answer = client.post("/admin/login/", data=form, headers={"Referer": house.url})
        assert answer.status_code == 302, answer.text
        return client.cookies


def bearer(wallet: Wallet) -> dict[str, str]:
    return {"Authorization": f"Bearer {wallet.token}"}


def all_well(visitors: list[Visitor], *, since: float, seconds: float) -> None:
    """Wait until everybody gets good answers again."""

    def ill() -> list[str]:
        return [one.name for one in visitors if not one.is_well_since(since)]

    try:
        eventually(lambda: not ill(), seconds=seconds)
    except AssertionError:
        last = {one.name: one.answers[-1:] for one in visitors}
        raise AssertionError(f"after {seconds} s not well: {ill()}: {last}") from None
