"""A rest after what was asked in vain. settings.py imports this: no Django here."""

import threading
import time
from collections.abc import Callable


class Rest:
    """A rest after each call that a server left unanswered. Then one call tries, and the others
    wait for how that ends. Without it each request of an outage would stand still for each of its
    calls.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        # 0: the last call was answered.
        self._until = 0.0

    @property
    def is_on(self) -> bool:
        """Whether the last call was left unanswered."""
        return bool(self._until)

    def refuses(self) -> bool:
        """Tell whether a call should not be made now."""
        if not self._until:
            return False
        with self._lock:
            now = self._clock()
            if now < self._until:
                return True
            # This one tries; the others rest on.
            self._until = now + self.seconds
            return False

    def begin(self) -> None:
        """Note a call without an answer."""
        with self._lock:
            self._until = self._clock() + self.seconds

    def end(self) -> None:
        """Note one that was answered."""
        if self._until:
            with self._lock:
                self._until = 0.0
