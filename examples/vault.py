"""Put tokens into the vault, or take them out, with the wallet that signed in.

    .venv/bin/python examples/vault.py "$TOKEN" deposit 25
    .venv/bin/python examples/vault.py "$TOKEN" withdraw 10

Signs real transactions with the key of `sign_in.py` and sends them to the node that --rpc names.
Amounts are in whole tokens.
"""

import argparse
import json
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from eth_abi.abi import encode
from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

SECONDS_MAX = 120.0
POLL_SECONDS = 0.5


class Wallet:
    """A key, and the node that its transactions go to."""

    def __init__(self, key: str, rpc: str) -> None:
        self._account = Account.from_key(key)
        self._rpc = rpc
        self.address: str = self._account.address

    def balance(self, token: str) -> int:
        """Return how much of a token the wallet has."""
        call = {"to": token, "data": _call("balanceOf(address)", [self.address])}
        return int(self._ask("eth_call", call, "latest"), 16)

    def has_gas_money(self) -> bool:
        """Return whether the wallet has anything to pay for gas with."""
        return int(self._ask("eth_getBalance", self.address, "latest"), 16) > 0

    def send(self, to: str, function: str, args: list[Any]) -> str:
        """Sign a call, send it and wait until it is in a block. Returns the transaction's hash."""
        call = {"from": self.address, "to": to, "data": _call(function, args)}
        transaction = {
            "chainId": int(self._ask("eth_chainId"), 16),
            "nonce": int(self._ask("eth_getTransactionCount", self.address, "pending"), 16),
            "to": to_checksum_address(to),
            "value": 0,
            "data": call["data"],
            # More than it will cost: what is left is not taken.
            "gas": int(self._ask("eth_estimateGas", call), 16) * 3 // 2,
            "gasPrice": int(self._ask("eth_gasPrice"), 16) * 2,
        }
        signed = self._account.sign_transaction(transaction)
        sent = str(self._ask("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex()))
        receipt = _until(lambda: self._ask("eth_getTransactionReceipt", sent))
        if int(receipt["status"], 16) != 1:
            raise SystemExit(f"{sent} was refused.")
        return sent

    def _ask(self, method: str, *params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = _http(self._rpc, body)
        if "error" in answer:
            raise SystemExit(f"{method}: {answer['error']['message']}")
        return answer["result"]


def main() -> None:
    """Deposit, or withdraw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("token", help="what sign_in.py printed")
    parser.add_argument("what", choices=["deposit", "withdraw"])
    parser.add_argument("amount", type=Decimal, help="in whole tokens")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where kmarket is")
    parser.add_argument("--rpc", default="http://127.0.0.1:8545", help="where the chain's node is")
    parser.add_argument("--key", type=Path, default=Path("wallet.key"), help="file of the key")
    options = parser.parse_args()

    api = f"{options.url}/api/v1"
    wallet = Wallet(options.key.read_text().strip(), options.rpc)
    # Where the server was started a moment ago it has not seen its vault yet.
    vault = _until(lambda: _seen(_http(f"{api}/vault", token=options.token)))
    amount = int(options.amount * 10 ** vault["decimals"])
    act = deposit if options.what == "deposit" else withdraw
    act(api, options.token, wallet, vault, amount)


def deposit(api: str, token: str, wallet: Wallet, vault: dict[str, Any], amount: int) -> None:
    """Have the vault take tokens, and wait until they are in the balance."""
    # The demo gives a newcomer both a few seconds after the first sign-in, tokens first.
    _until(lambda: wallet.balance(vault["token"]) >= amount and wallet.has_gas_money())
    wallet.send(vault["token"], "approve(address,uint256)", [vault["contract"], amount])
    sent = wallet.send(vault["contract"], "deposit(uint256)", [amount])
    _say(f"deposited {amount} in transaction {sent}")

    def mine() -> dict[str, Any] | None:
        rows = _http(f"{api}/vault/deposits", token=token)["items"]
        return next((row for row in rows if row["txHash"] == sent), None)

    _say(f"the deposit is {_until(mine)['status']}")
    credited = _until(lambda: (row := mine()) and row["status"] == "credited" and row)
    _say(f"the deposit is {credited['status']}: block {credited['block']} is final")


def withdraw(api: str, token: str, wallet: Wallet, vault: dict[str, Any], amount: int) -> None:
    """Get a voucher, have the vault pay it, and wait until that is final."""
    voucher = _http(f"{api}/vault/withdrawals", {"amount": str(amount)}, token=token)
    number = voucher["id"]
    _say(f"withdrawal {number} is {voucher['state']}")
    if voucher["signature"] is None:
        _say("it waits for operators")
        return
    args = [
        number,
        voucher["to"],
        int(voucher["amount"]),
        voucher["deadline"],
        bytes.fromhex(voucher["signature"][2:]),
    ]
    sent = wallet.send(vault["contract"], vault["redeem"]["function"], args)
    _say(f"the vault paid {amount} in transaction {sent}")

    def over() -> bool:
        row = _http(f"{api}/vault/withdrawals/{number}", token=token)
        return bool(row["state"] == "redeemed")

    _until(over)
    _say(f"withdrawal {number} is redeemed; the wallet has {wallet.balance(vault['token'])}")


def _seen(vault: dict[str, Any]) -> dict[str, Any] | None:
    return vault if vault["token"] else None


def _call(function: str, args: list[Any]) -> str:
    """Return the data of a call: `name(types)` and its arguments."""
    types = function.partition("(")[2].rstrip(")").split(",")
    return "0x" + (keccak(text=function)[:4] + encode(types, args)).hex()


def _until(told: Any) -> Any:
    """Ask until the answer is one."""
    deadline = time.monotonic() + SECONDS_MAX
    while not (answer := told()):
        if time.monotonic() > deadline:
            raise SystemExit(f"Nothing came of it within {SECONDS_MAX:.0f} s.")
        time.sleep(POLL_SECONDS)
    return answer


def _http(url: str, body: Any = None, *, token: str = "") -> Any:
    """GET, or POST a body, and return the JSON answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with urlopen(Request(url, data, headers), timeout=10) as answer:  # noqa: S310 (http only)
            return json.load(answer)
    except HTTPError as exc:
        raise SystemExit(f"{url}: {exc.code} {exc.read().decode()}") from exc


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
