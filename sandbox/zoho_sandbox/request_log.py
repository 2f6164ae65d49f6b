"""The log of requests to the sandbox: the latest in full, and counts of all."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count as numbers
from typing import Any

# Bounded, so that memory stays flat however long the sandbox runs.
_KEPT_REQUESTS = 1000
_KEPT_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request as it was answered; bodies are cut at 4 KiB, `milliseconds` excludes injected delays."""

    id: int
    time: str
    service: str
    method: str
    path: str
    route: str
    query: dict[str, str]
    status: int
    milliseconds: float
    faults: tuple[str, ...]
    request_body: bytes
    response_body: bytes

    def as_json(self, *, bodies: bool = False) -> dict[str, Any]:
        names = ("id", "time", "service", "method", "path", "route", "query", "status", "milliseconds", "faults")
        summary = {name: getattr(self, name) for name in names}
        if bodies:
            summary["request_body"] = self.request_body.decode(errors="replace")
            summary["response_body"] = self.response_body.decode(errors="replace")
        return summary


class RequestLog:
    """A ring of the latest requests and counters by service, method, route and status.

    Status 0 stands for a connection that was dropped without an answer.
    """

    def __init__(self) -> None:
        self._ids = numbers(1)
        self._latest: deque[LoggedRequest] = deque(maxlen=_KEPT_REQUESTS)
        self._counts: Counter[tuple[str, str, str, int]] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def add(
        self,
        *,
        time: str,
        service: str,
        method: str,
        path: str,
        route: str,
        query: dict[str, str],
        status: int,
        seconds: float,
        faults: Iterable[str],
        request_body: bytes,
        response_body: bytes,
    ) -> None:
        self._counts[service, method, route, status] += 1
        self._seconds[service] += seconds
        self._latest.append(
            LoggedRequest(
                id=next(self._ids),
                time=time,
                service=service,
                method=method,
                path=path,
                route=route,
                query=query,
                status=status,
                milliseconds=round(seconds * 1000, 3),
                faults=tuple(faults),
                request_body=request_body[:_KEPT_BYTES],
                response_body=response_body[:_KEPT_BYTES],
            )
        )

    def latest(
        self,
        *,
        service: str | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        after: int = 0,
        limit: int = 200,
    ) -> list[LoggedRequest]:
        """The newest requests that match, newest first; `path` is the start of a path."""
        found = (
            entry
            for entry in reversed(self._latest)
            if entry.id > after
            and service in (None, entry.service)
            and method in (None, entry.method)
            and status in (None, entry.status)
            and entry.path.startswith(path or "")
        )
        return [entry for entry, _ in zip(found, range(limit), strict=False)]

    def find(self, request_id: int) -> LoggedRequest | None:
        return next((entry for entry in self._latest if entry.id == request_id), None)

    def counts(self) -> dict[str, Any]:
        """Every request since the start or the last reset, by service and method, by route, by status."""
        services: dict[str, Counter[str]] = {}
        statuses: Counter[str] = Counter()
        routes: Counter[tuple[str, str, str]] = Counter()
        for (service, method, route, status), number in self._counts.items():
            services.setdefault(service, Counter())[method] += number
            statuses[str(status)] += number
            routes[service, method, route] += number
        return {
            "total": sum(self._counts.values()),
            "services": {name: dict(methods) for name, methods in sorted(services.items())},
            "statuses": dict(sorted(statuses.items())),
            "seconds": {name: round(spent, 6) for name, spent in sorted(self._seconds.items())},
            "routes": [
                {"service": service, "method": method, "route": path, "count": number}
                for (service, method, path), number in sorted(routes.items())
            ],
        }

    def clear(self) -> None:
        self._latest.clear()
        self._counts.clear()
        self._seconds.clear()
