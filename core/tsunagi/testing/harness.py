"""What the hub hands a connector, made for a test, and everything that was seen of it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from tsunagi import ApiCall, ConnectorContext, Limits


class Clock:
    """The real time, advanced by every wait."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds: float) -> None:
        """Be `seconds` later at once."""
        self.slept.append(seconds)


class MemoryLimiter:
    """Spaces calls evenly on a Clock and records its calls.

    `calls` counts the calls it let through, `penalties` are the pauses (seconds) the service requested.
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


class MemorySecrets:
    """Keeps secrets in memory; share one among connectors to play several processes of an installation."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})
        self._locks: dict[str, threading.Lock] = {}

    def load(self) -> Mapping[str, str]:
        return dict(self._values)

    def save(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        with self._locks.setdefault(name, threading.Lock()):
            yield


@dataclass(frozen=True, slots=True)
class Harness:
    """A connection under test: `context` is what a ConnectorType's `build` and `probe` take.

    `calls` are the calls the connector reported, `limiters` those it was given, `clock` counts its waits.
    """

    context: ConnectorContext
    secrets: MemorySecrets
    clock: Clock
    calls: list[ApiCall] = field(default_factory=list)
    limiters: list[MemoryLimiter] = field(default_factory=list)

    def penalties(self) -> list[float]:
        """The pauses the service requested and the limiters got, in seconds."""
        return [seconds for limiter in self.limiters for seconds in limiter.penalties]


def make_harness(
    settings: BaseModel,
    *,
    organization_id: str = "",
    base_currency: str = "",
    connection: str = "test",
    secrets: MemorySecrets | None = None,
    clock: Clock | None = None,
) -> Harness:
    """A harness with new secrets and a new clock, unless some are given to be shared."""
    clock, kept = clock or Clock(), secrets or MemorySecrets()
    calls: list[ApiCall] = []
    limiters: list[MemoryLimiter] = []

    def limiter(limits: Limits) -> MemoryLimiter:
        limiters.append(MemoryLimiter(limits, clock))
        return limiters[-1]

    context = ConnectorContext(
        connection=connection,
        organization_id=organization_id,
        settings=settings,
        secrets=kept,
        limiter=limiter,
        observe=calls.append,
        now=clock.now,
        base_currency=base_currency,
        sleep=clock.sleep,
    )
    return Harness(context, kept, clock, calls, limiters)
