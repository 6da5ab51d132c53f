"""What is done by the clock rather than by a request: a registry, and when each job is due.

Apps register in AppConfig.ready, `run_clock` runs:

    clock.every(1, "close markets")(services.close_due)

A job takes the present time and must stand being run twice, late, or not at all for a while.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.dispatch import Signal

from kmarket.requests import about

logger = logging.getLogger(__name__)

Function = Callable[[datetime], object]


@dataclass(frozen=True)
class Job:
    """A function to call every so many seconds."""

    name: str
    seconds: float
    function: Function


_jobs: dict[str, Job] = {}
# Each time that a job was called, in the process that acts. job: Job, seconds, failed: bool
ran = Signal()


def register(function: Function, *, seconds: float, name: str) -> None:
    """Have the clock process call `function(now)` every `seconds`."""
    assert seconds > 0, seconds
    assert name not in _jobs, f"There is a job called {name!r} already."
    _jobs[name] = Job(name=name, seconds=seconds, function=function)


def every(seconds: float, name: str) -> Callable[[Function], Function]:
    """Return a decorator that registers."""

    def registered(function: Function) -> Function:
        register(function, seconds=seconds, name=name)
        return function

    return registered


def jobs() -> list[Job]:
    """Return what was registered, in that order."""
    return list(_jobs.values())


@dataclass
class Schedule:
    """When each job is due next. Every job is due at once; what was missed is not made up for."""

    jobs: list[Job]
    _due: dict[str, float] = field(default_factory=dict)

    def due(self, seconds: float) -> list[Job]:
        """Return the jobs whose time has come at `seconds` of a steady clock; they are due anew
        one interval later."""
        come = [job for job in self.jobs if self._due.get(job.name, seconds) <= seconds]
        for job in come:
            self._due[job.name] = seconds + job.seconds
        return come

    def wait(self, seconds: float) -> float:
        """Return for how long nothing is due."""
        times = [self._due.get(job.name, seconds) for job in self.jobs]
        return max(0.0, min(times, default=seconds + 1.0) - seconds)


def run(job: Job, now: datetime) -> bool:
    """Call the job. What it raises is logged: one broken job must not stop the others."""
    began = time.perf_counter()
    failed = False
    # What one job was about is nothing to the next.
    with about():
        try:
            job.function(now)
        except Exception:
            logger.exception("Clock job failed.", extra={"job": job.name})
            failed = True
    ran.send_robust(sender=None, job=job, seconds=time.perf_counter() - began, failed=failed)
    return not failed
