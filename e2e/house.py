"""A whole kmarket in processes of its own, and a wallet to use it with."""

import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account
from eth_account.messages import encode_defunct

from e2e import plain
from e2e.running import ROOT, environment, with_tables

START_SECONDS_MAX = 60


@dataclass
class House:
    """Where a running kmarket is, and how to run its commands."""

    url: str
    env: dict[str, str]

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/ws/odds"

    def manage(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one management command against this house."""
        return subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=check,
            timeout=120,
        )


@dataclass
class Wallet:
    """A fresh key, and the client of whoever holds it."""

    house: House
    account: Any = field(default_factory=Account.create)
    token: str = ""

    def sign_in(self) -> None:
        """Ask for a nonce, sign it as a wallet does, and keep the token."""
        nonce = self.get("auth/nonce", address=self.account.address)["nonce"]
        self.token = self.post("auth/verify-sig", self.signed(nonce))["token"]

    def signed(self, nonce: str) -> dict[str, str]:
        """Return the body with which a wallet that was given this nonce signs in."""
        message = f"Login to KMarket: nonce={nonce}"
        signature = self.account.sign_message(encode_defunct(text=message)).signature
        return {
            "address": self.account.address,
            "message": message,
            "signature": "0x" + signature.hex(),
        }

    def get(self, path: str, **query: Any) -> Any:
        """GET under /api/v1/, which must succeed."""
        return self._checked(plain.get(self._url(path), params=query, headers=self._headers()))

    def post(self, path: str, body: Any = None, *, expect: int | None = None) -> Any:
        """POST under /api/v1/; any 2xx unless `expect` names the status."""
        answer = plain.post(self._url(path), json=body, headers=self._headers())
        return self._checked(answer, expect)

    def put(self, path: str, body: Any) -> Any:
        """PUT under /api/v1/, which must succeed."""
        return self._checked(plain.put(self._url(path), json=body, headers=self._headers()))

    def _url(self, path: str) -> str:
        return f"{self.house.url}/api/v1/{path}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @staticmethod
    def _checked(answer: httpx.Response, expect: int | None = None) -> Any:
        right = answer.is_success if expect is None else answer.status_code == expect
        assert right, f"{answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@contextmanager
def running(**settings: str) -> Iterator[House]:
    """Start everything in a folder of its own, as `make run` does; stop it again."""
    with tempfile.TemporaryDirectory(prefix="kmarket-e2e-") as folder:
        port = free_port()
        env = {
            **environment(with_tables(Path(folder) / "data")),
            "BIND_PORT": str(port),
            "DEMO": "off",
            "RATE_LIMIT": "off",
            **settings,
        }
        house = House(url=f"http://127.0.0.1:{port}", env=env)
        log_path = Path(folder) / "log"
        with log_path.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "run_all"],
                cwd=ROOT,
                env=env,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                wait_until_ready(house, process, log_path)
                yield house
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(timeout=60)


def wait_until_ready(house: House, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the house says that it is ready.

    Raises:
        AssertionError: it ended, or took too long; carries what it printed.
    """
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if plain.get(f"{house.url}/api/v1/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"kmarket did not become ready:\n{log.read_text()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
