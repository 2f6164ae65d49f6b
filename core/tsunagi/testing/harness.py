"""What the hub hands a connector, made for a test, and everything that was seen of it."""

from dataclasses import dataclass, field

from pydantic import BaseModel

from tsunagi import ApiCall, ConnectorContext, Limits
from tsunagi.testing.clock import Clock
from tsunagi.testing.limiter import MemoryLimiter
from tsunagi.testing.secrets import MemorySecrets


@dataclass(frozen=True, slots=True)
class Harness:
    """A connection under test: `context` is what a ConnectorType's `build` and `probe` take.

    `calls` are the calls the connector told of, `limiters` those it was given, `clock` counts its waits.
    """

    context: ConnectorContext
    secrets: MemorySecrets
    clock: Clock
    calls: list[ApiCall] = field(default_factory=list)
    limiters: list[MemoryLimiter] = field(default_factory=list)

    def penalties(self) -> list[float]:
        """The pauses the service asked for and the limiters were told of, in seconds."""
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
