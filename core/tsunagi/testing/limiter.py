"""A RateLimiter that lives as long as its test."""

from datetime import timedelta

from tsunagi import Limits
from tsunagi.testing.clock import Clock


class MemoryLimiter:
    """Spaces calls evenly on a Clock and remembers what it was asked.

    `calls` counts the calls it let through, `penalties` are the pauses (seconds) the service asked for.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.limits = limits
        self.calls = 0
        self.penalties: list[float] = []
        self._clock = clock
        self._free_at = clock.now()

    def acquire(self) -> None:
        wait = (self._free_at - self._clock.now()).total_seconds()
        if wait > 0:
            self._clock.sleep(wait)
        self.calls += 1
        if self.limits.per_minute:
            self._free_at = self._clock.now() + timedelta(minutes=1) / self.limits.per_minute

    def penalize(self, seconds: float) -> None:
        self.penalties.append(seconds)
        self._free_at = max(self._free_at, self._clock.now() + timedelta(seconds=seconds))
