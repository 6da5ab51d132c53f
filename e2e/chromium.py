"""Headless Chromium, driven over its DevTools protocol."""

import itertools
import json
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import connect

from kmarket.tests.processes import eventually

OPTIONS = (
    "--headless",
    # The pages are our own, and in a container there are no rights for a sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
START_SECONDS_MAX = 60.0
ANSWER_SECONDS_MAX = 60.0


class Page:
    """One page, in which scripts are run."""

    def __init__(self, browser: "Browser", session: str) -> None:
        self._browser = browser
        self._session = session

    def open(self, url: str) -> None:
        """Go to the address, and wait until its scripts have run."""
        self._browser.call("Page.navigate", session=self._session, url=url)
        is_there = f"location.href === {json.dumps(url)} && document.readyState === 'complete'"
        eventually(lambda: self.run(is_there))

    def run(self, script: str) -> Any:
        """Return the value of a script, of what it promises too.

        Raises:
            AssertionError: it threw.
        """
        answer = self._browser.call(
            "Runtime.evaluate",
            session=self._session,
            expression=script,
            awaitPromise=True,
            returnByValue=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")


class Browser:
    """One Chromium with a profile of its own, while the block lasts."""

    def __init__(self, program: str, folder: Path) -> None:
        self._command = [program, *OPTIONS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
        self._where = folder / "profile" / "DevToolsActivePort"
        self._log = folder / "log"
        self._ids = itertools.count(1)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack, self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
            self._stack.callback(self._end)
            port, path = eventually(self._address, seconds=START_SECONDS_MAX)
            self._socket = self._stack.enter_context(
                connect(f"ws://127.0.0.1:{port}{path}", max_size=None)
            )
            # All went well: keep it until the end of the block.
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def page(self) -> Page:
        """Open an empty page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        return Page(self, attached["sessionId"])

    def call(self, method: str, *, session: str = "", **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result.

        Raises:
            AssertionError: it was refused.
        """
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params}
        self._socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        # Events, which nobody asked for, pass by.
        while (answer := json.loads(self._socket.recv(ANSWER_SECONDS_MAX))).get("id") != number:
            pass
        assert "error" not in answer, answer["error"]
        result: dict[str, Any] = answer["result"]
        return result

    def _address(self) -> list[str]:
        assert self._process.poll() is None, self._log.read_text(errors="replace")
        lines = self._where.read_text().splitlines() if self._where.exists() else []
        return lines if len(lines) == 2 else []

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait(30)
