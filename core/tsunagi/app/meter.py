"""Counts what the services were asked and how long the hub waited for them."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from tsunagi.domain.connector import ApiCall

if TYPE_CHECKING:
    from prometheus_client import Counter as Metric


@cache
def metrics() -> "tuple[Metric, Metric]":
    """Calls and seconds as Prometheus counts them, once in a process."""
    # A command that asks no service need not import it.
    from prometheus_client import Counter as Metric  # noqa: PLC0415

    return (
        Metric("tsunagi_api_calls", "HTTP calls to services", ["service", "method", "status"]),
        Metric("tsunagi_api_seconds", "Seconds waited for services", ["service"]),
    )


@dataclass(slots=True)
class Meter:
    """Totals since the hub was opened; safe to use from several threads.

    `calls` counts by (service, method); `seconds` is the sum of all waits, so concurrent waits add up.
    """

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def observe(self, call: ApiCall) -> None:
        with self._lock:
            self.calls[call.service, call.method] += 1
            self.seconds += call.seconds
            # Under the lock: two threads may not make the same counters.
            calls, seconds = metrics()
        calls.labels(call.service, call.method, str(call.status)).inc()
        seconds.labels(call.service).inc(call.seconds)

    def by_service(self) -> dict[str, dict[str, int]]:
        """Calls as {service: {method: count}}, in alphabetical order."""
        with self._lock:
            totals: dict[str, dict[str, int]] = {}
            for (service, method), count in sorted(self.calls.items()):
                totals.setdefault(service, {})[method] = count
            return totals
