"""A development chain: anvil, a real EVM node in one program, from contracts/node_modules.

Needs Node.js and npm, once, to install it; nothing else of kmarket does. Its accounts are those of
the mnemonic that every tool of the trade knows, and unlocked: it signs for them.
"""

import fcntl
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from signal import SIGTERM
from typing import Any, Self

from chain.artifacts import CONTRACTS
from kmarket import dev_chain, launch, programs
from kmarket.programs import CannotStart

MNEMONIC = "test test test test test test test test test test test junk"
CHAIN_ID = dev_chain.CHAIN_ID
HOST = "127.0.0.1"
INSTALL_SECONDS_MAX = 600
READY_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0
CALL_SECONDS_MAX = 60.0
POLL_SECONDS = 0.01

_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "arm64": "arm64", "aarch64": "arm64"}
_LISTENING = re.compile(r"Listening on \S+:(\d+)")


class RpcError(Exception):
    """The node's own refusal."""

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{method}: {message} ({code})")
        self.code = code
        self.data = data


def install() -> None:
    """Install what contracts/package-lock.json names, unless it is there already.

    Raises:
        CannotStart: there is no npm, or it fails; with its own last words.
    """
    npm = shutil.which("npm")
    lock = CONTRACTS / "package-lock.json"
    # Two runs that begin together must not install into one folder at once.
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if _is_installed(lock):
            return
        if npm is None or shutil.which("node") is None:
            raise CannotStart(
                "A development chain comes by npm, which is missing:"
                f" install {programs.NODE}, or leave CHAIN unset."
            )
        # None of the packages needs a script of its own to be run.
        done = subprocess.run(  # noqa: S603 (the npm of this machine)
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=CONTRACTS,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS_MAX,
        )
        if done.returncode:
            raise CannotStart(
                f"npm could not install {lock} ({_complaint(done.stderr)}): see that it reaches its"
                " registry, and run `npm ci --ignore-scripts` there."
            )


def program() -> Path:
    """Return the path of anvil.

    Raises:
        CannotStart: it isn't installed, or isn't made for this kind of machine.
    """
    machine = _MACHINES.get(platform.machine().lower())
    package = f"anvil-{sys.platform}-{machine}"
    path = CONTRACTS / "node_modules" / "@foundry-rs" / package / "bin" / "anvil"
    if not path.exists():
        raise CannotStart(
            f"There is no {package} in {CONTRACTS / 'node_modules'}: run `npm ci` in contracts/,"
            f" with {programs.NODE}, on Linux or macOS, x86-64 or ARM64."
        )
    return path


def command(
    *,
    port: int,
    chain_id: int = CHAIN_ID,
    block_time: float | None = None,
    slots_in_an_epoch: int = 1,
    state: Path | None = None,
) -> list[str]:
    """Return the command line of a node, for a supervisor.

    `port` 0 takes a free one. Without `block_time` (seconds) each transaction is a block. The
    finalized block is two epochs behind the head. `state`: a file that the chain is loaded from, if
    it exists, and saved to at the end.

    Raises:
        CannotStart: anvil isn't installed.
    """
    argv = [str(program()), "--port", str(port), "--chain-id", str(chain_id)]
    argv += ["--mnemonic", MNEMONIC, "--slots-in-an-epoch", str(slots_in_an_epoch)]
    argv += ["--host", HOST, "--color", "never"]
    if block_time is not None:
        argv += ["--block-time", str(block_time)]
    if state is not None:
        argv += ["--state", str(state)]
    return argv


class Anvil:
    """A running node, until the block ends.

    with Anvil() as node:
        node.rpc("eth_blockNumber")
    """

    def __init__(
        self,
        port: int = 0,
        chain_id: int = CHAIN_ID,
        block_time: float | None = None,
        slots_in_an_epoch: int = 1,
        state: Path | None = None,
    ) -> None:
        self._command = command(
            port=port,
            chain_id=chain_id,
            block_time=block_time,
            slots_in_an_epoch=slots_in_an_epoch,
            state=state,
        )
        self.url = ""
        self._calling = threading.Lock()

    def __enter__(self) -> Self:
        """Start the node and wait until it listens.

        Raises:
            CannotStart: it ended, or did not listen in time; with its own last words.
        """
        # Appended to: the node shares our place in the file, and reading moves it.
        self._log = tempfile.TemporaryFile("a+", encoding="utf-8")
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            launch.wrapped(self._command, at_parents_death=SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            # Ctrl-C in a terminal reaches us, and we stop it in its turn.
            start_new_session=True,
        )
        self._connection = HTTPConnection(HOST, timeout=CALL_SECONDS_MAX)
        try:
            self._connection.port = self._port()
        except BaseException:
            self.__exit__()
            raise
        self.url = f"http://{HOST}:{self._connection.port}"
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the node. It has saved its state by then."""
        self._connection.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def rpc(self, method: str, *params: Any) -> Any:
        """Return the result of a call.

        Raises:
            RpcError: the node refuses it.
        """
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        # One connection for all calls of all threads: a test makes thousands.
        with self._calling:
            try:
                self._connection.request("POST", "/", body, {"Content-Type": "application/json"})
                answer = json.load(self._connection.getresponse())
            except BaseException:
                # Half a call is left in it: the next one opens another.
                self._connection.close()
                raise
        if error := answer.get("error"):
            raise RpcError(method, error["code"], error["message"], error.get("data"))
        return answer["result"]

    def _port(self) -> int:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while True:
            ended = self._process.poll() is not None
            self._log.seek(0)
            words = self._log.read()
            if found := _LISTENING.search(words):
                return int(found[1])
            if ended or time.monotonic() > deadline:
                raise CannotStart(
                    f"anvil does not start ({programs.last_words(words)}):"
                    " free its port, or name another one in CHAIN_DEV_PORT."
                )
            time.sleep(POLL_SECONDS)


def _complaint(stderr: str) -> str:
    # npm's reason comes first, then advice.
    lines = [line.removeprefix("npm error").strip() for line in stderr.splitlines()]
    reasons = [line for line in lines if line and not line.startswith("npm warn")]
    return "; ".join(reasons[:2]) or "it says nothing"


def _is_installed(lock: Path) -> bool:
    installed = CONTRACTS / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime
