"""A person at the live page: a browser of their own, a wallet, and what they see of a market."""

import json
import time
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from playwright.sync_api import Browser, ConsoleMessage, Locator, expect

from chain.rpc import Node
from e2e.console.desk import HEIGHT, Desk
from e2e.house import Wallet

PHONE = {"width": 390, "height": 844}
# How a browser's wallet is found (EIP-6963) and asked (EIP-1193). Python answers.
WALLET = """
const provider = {
    request: async ({method, params = []}) => {
        const {code, result} = await window.walletAnswers(method, params);
        if (code) throw Object.assign(new Error("refused"), {code});
        return result;
    },
};
const detail = Object.freeze({
    info: {
        uuid: "350670db-19fa-4704-a166-e52e178b59d2",
        name: "Pocket",
        icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
        rdns: "example.pocket",
    },
    provider,
});
const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", {detail}));
addEventListener("eip6963:requestProvider", announce);
announce();
"""
REFUSED = 4001
# Everything the page shows of a market's first price, whenever any of it changes.
RECORD = """(market) => {
    window.seen = [];
    const look = () => {
        const row = document.querySelector(`.row[data-market="${market}"]`);
        const price = row?.querySelector(".price");
        const next = {
            line: document.querySelector(".page").dataset.line,
            seq: Number(row?.dataset.seq),
            fresh: price?.dataset.fresh === "true",
            odds: price?.querySelector(".price-odds").textContent,
            mayBet: document.querySelector(".slip [type=submit]")?.disabled === false,
        };
        if (JSON.stringify(next) !== JSON.stringify(window.seen.at(-1))) window.seen.push(next);
    };
    new MutationObserver(look).observe(document.body, {
        attributes: true, characterData: true, childList: true, subtree: true,
    });
    look();
}"""


class Visitor(Desk):
    """One browser profile at the live page."""

    def __init__(self, browser: Browser, url: str, *, language: str = "en") -> None:
        # Statuses that are part of the story: a browser says each on its console.
        self.expected: set[int] = set()
        super().__init__(browser, url, language=language)
        self.page.set_default_timeout(30_000)

    def come(self, path: str = "/") -> None:
        self.page.goto(path)
        expect(self.line).to_have_attribute("data-line", "live")

    @property
    def line(self) -> Locator:
        return self.page.locator(".line")

    @property
    def slip(self) -> Locator:
        return self.page.locator(".slip")

    @property
    def submit(self) -> Locator:
        return self.slip.locator("[type=submit]")

    @property
    def said(self) -> Locator:  # type: ignore[override]
        """What stands above the slip's button."""
        return self.slip.locator(".said")

    @property
    def balance(self) -> Locator:
        return self.page.locator(".account-balance")

    @property
    def account(self) -> Locator:
        return self.page.locator(".account")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def row(self, market: int) -> Locator:
        return self.page.locator(f'.row[data-market="{market}"]')

    def price(self, market: int, option: int = 1) -> Locator:
        return self.row(market).locator(f'.price[data-option="{option}"]')

    def odds(self, market: int) -> Locator:
        """Return the numbers on the buttons of a market's row."""
        return self.row(market).locator(".price-odds")

    def stake(self, amount: str) -> None:
        self.slip.get_by_label("Stake", exact=True).fill(amount)

    def press(self, name: str) -> None:  # type: ignore[override]
        self.page.get_by_role("button", name=name, exact=True).click()

    def has(self, wallet: Wallet) -> None:
        """Be signed in from the beginning, as somebody who has come before."""
        session = {
            "token": wallet.token,
            "address": wallet.account.address,
            "expiresAt": (time.time() + 3600) * 1000,
            "wallet": "key",
        }
        text = json.dumps(json.dumps(session))
        # Only at first: whoever signs out stays signed out.
        self.context.add_init_script(
            f'if (!sessionStorage.was) localStorage.setItem("kmarket.session", {text});'
            " sessionStorage.was = 1;"
        )

    def has_pocket(self, node: Node | None = None) -> "Pocket":
        """Get a wallet; with a node it also sends what it is asked to send."""
        pocket = Pocket(Account.create(), node)
        self.context.expose_function("walletAnswers", pocket.answers)
        self.context.add_init_script(WALLET)
        return pocket

    def forgive(self, *words: str) -> None:
        """Forget complaints about what a test did to the house."""
        self.complaints[:] = [
            said for said in self.complaints if not any(word in said for word in words)
        ]

    def picture(self, folder: str, name: str) -> None:
        if folder:
            self.page.screenshot(path=Path(folder) / f"live-{name}.png", full_page=False)

    def at_a_phone(self) -> None:
        self.page.set_viewport_size(PHONE)

    def at_a_desk(self) -> None:
        self.page.set_viewport_size({"width": 1280, "height": HEIGHT})

    def _heard(self, message: ConsoleMessage) -> None:
        refusals = [f"responded with a status of {status} " for status in self.expected]
        if not any(refusal in message.text for refusal in refusals):
            super()._heard(message)


class Pocket:
    """A browser's wallet with one key, whose owner says yes until they say no."""

    def __init__(self, account: Any, node: Node | None) -> None:
        self.account = account
        self._node = node
        self.says_no = False
        self.asked: list[str] = []

    def answers(self, method: str, params: list[Any]) -> dict[str, Any]:
        self.asked.append(method)
        if self.says_no:
            return {"code": REFUSED}
        match method:
            case "eth_requestAccounts":
                return {"result": [self.account.address]}
            case "personal_sign":
                data, address = params
                assert address == self.account.address
                signed = self.account.sign_message(encode_defunct(hexstr=data))
                return {"result": "0x" + signed.signature.hex()}
            case "eth_chainId" | "eth_sendTransaction" if self._node is not None:
                return {"result": self._node.call(method, params)}
        raise AssertionError(f"The page asks the wallet for {method}.")
