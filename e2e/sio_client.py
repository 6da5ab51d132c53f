"""socket.io-client in Node.js: e2e/clients/sio_follow.mjs, as a test sees it."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from e2e.following import last_seq
from kmarket.tests.processes import eventually


class SioClient:
    """A process that follows markets over Socket.IO, and what it has told so far."""

    def __init__(self, folder: Path, url: str, logs: Path, **wishes: Any) -> None:
        handle, name = tempfile.mkstemp(suffix=".log", dir=logs)
        self._log = Path(name)
        node = shutil.which("node")
        assert node is not None
        with os.fdopen(handle, "w") as out:
            self.process = subprocess.Popen(
                [node, str(folder / "sio_follow.mjs"), url, json.dumps(wishes)],
                stdin=subprocess.PIPE,
                stdout=out,
            )

    def end(self) -> None:
        """Kill it, if it hasn't ended."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """Return what happened so far, or what of this kind."""
        # The last line may not be whole yet.
        events = [json.loads(text) for text in self._log.read_text().split("\n")[:-1]]
        return [event for event in events if event["event"] == kind] if kind else events

    def say(self, words: Any) -> None:
        """Have it send an event, or "break" its connection."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        self.process.stdin.flush()

    def wait_for(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Return the events of this kind, when there are so many."""
        eventually(lambda: len(self.events(kind)) >= count)
        return self.events(kind)

    def told(self, name: str) -> dict[str, Any]:
        """Return what came with the last event of this name, when there was one."""

        def found() -> list[dict[str, Any]]:
            return [event["body"] for event in self.events("told") if event["name"] == name]

        eventually(found)
        return found()[-1]

    def stands_at(self, market_id: int, seq: int) -> None:
        """Wait until it has come to this seq of a market."""
        eventually(lambda: last_seq(self.events(), market_id) == seq)
