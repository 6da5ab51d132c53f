"""Sign in with a throw-away wallet and print the token.

    TOKEN=$(.venv/bin/python examples/sign_in.py)

The key is kept in the file that --key names, so that the next call is the same user.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from eth_account import Account
from eth_account.messages import encode_defunct


def main() -> None:
    """Ask for a nonce, sign it, exchange the signature for a token."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where kmarket is")
    parser.add_argument("--key", type=Path, default=Path("wallet.key"), help="file of the key")
    options = parser.parse_args()

    account = Account.from_key(read_or_make(options.key))
    api = f"{options.url}/api/v1"
    nonce = call(f"{api}/auth/nonce?address={account.address}")["nonce"]
    message = f"Login to KMarket: nonce={nonce}"
    signature = account.sign_message(encode_defunct(text=message)).signature.hex()
    body = {"address": account.address, "message": message, "signature": f"0x{signature}"}
    session = call(f"{api}/auth/verify-sig", body)

    sys.stderr.write(f"Signed in as {session['user']['address']}.\n")
    sys.stdout.write(session["token"] + "\n")


def read_or_make(path: Path) -> str:
    """Return the key in the file; make both where there is none."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(Account.create().key.hex())
    return path.read_text().strip()


def call(url: str, body: dict[str, str] | None = None) -> Any:
    """GET, or POST a body, and return the JSON answer."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 (http only)
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


if __name__ == "__main__":
    main()
