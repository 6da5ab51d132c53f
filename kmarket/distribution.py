"""How values are spread, counted by one thread at the price of a bisection.

What is counted thousands of times a second is counted here; `prometheus_client`'s own histograms
take a lock for each value.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate


class Distribution:
    """Values sorted by upper bounds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        # One more: of what lies above all bounds.
        self.counts = [0] * (len(bounds) + 1)
        # Of all values.
        self.total = 0.0

    def note(self, value: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def add(self, other: "Distribution") -> None:
        """Count what another one of the same bounds has counted."""
        pairs = zip(self.counts, other.counts, strict=True)
        self.counts = [mine + others for mine, others in pairs]
        self.total += other.total

    def below(self) -> dict[str, int]:
        """Return how many lie at or below each bound, as Prometheus writes bounds."""
        bounds = [*map(str, self.bounds), "+Inf"]
        return dict(zip(bounds, accumulate(self.counts), strict=True))
