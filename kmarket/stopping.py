"""SIGTERM for commands that loop: ends a wait at once, and the loop between two units of work."""

import select
import signal
import socket
from types import FrameType
from typing import Self


class Stop:
    """Set by SIGTERM or SIGINT inside its `with` block, in the main thread.

    Has the part of threading.Event that a loop needs. An Event itself may not be set by a signal
    handler: the loop that it interrupts may hold the Event's lock.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._reader, self._writer = socket.socketpair()

    def __enter__(self) -> Self:
        self._before = {
            number: signal.signal(number, self._handle)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        return self

    def __exit__(self, *exc_info: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    def set(self) -> None:
        """Ask the loop to end."""
        if not self._is_set:
            self._is_set = True
            self._writer.send(b"!")

    def is_set(self) -> bool:
        """Return whether the loop is asked to end."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait until set, for so long at most; return whether it is."""
        select.select([self._reader], [], [], max(0.0, seconds))
        return self._is_set

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.set()
