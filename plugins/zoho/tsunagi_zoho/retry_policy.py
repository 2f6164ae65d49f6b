"""Whether a call is made again: whether it can have had an effect, how long to wait, and when to give up."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from tsunagi import ConnectorError, DayLimitReached, OutcomeUnknown, RateLimited, ServiceUnavailable, Text


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Attempts in all for a call the service throttles or cannot take; waits double from one second.

    A pause above `longest` seconds is not waited for: the caller gets its length.
    """

    throttled: int = 7
    unavailable: int = 4
    longest: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def wait_after(self, attempt: int, error: ConnectorError) -> float | None:
        """Seconds to wait after this attempt (the first is 1) failed; None to give up."""
        most = self.throttled if isinstance(error, RateLimited) else self.unavailable
        if not error.retryable or attempt >= most or isinstance(error, DayLimitReached):
            return None
        if error.retry_after is not None:
            return self._asked_for(error.retry_after)
        return min(2.0 ** (attempt - 1), self.longest) * (0.5 + self.random() / 2)

    def _asked_for(self, seconds: float) -> float | None:
        # All callers got the same moment: the spread keeps them from coming back as one.
        return None if seconds > self.longest else seconds + self.random() * min(1.0, seconds / 10)


_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)
_ASK_THE_SERVICE = Text(
    en="The record is looked up before the write is made again.",
    ja="もう一度書き込む前に、レコードがあるかどうかを確認します。",
)


@dataclass(slots=True)
class Sending:
    """Follows one request on its way out; given to the HTTP client as its trace.

    A connection the server closed while it was idle takes the request only in part, or not at all: such a
    write certainly had no effect, however the failure shows itself.
    """

    begun: bool = False
    complete: bool = False

    def __call__(self, event: str, _details: Mapping[str, Any]) -> None:
        if event == "http11.send_request_headers.started":
            self.begun, self.complete = True, False
        elif event == "http11.send_request_body.complete":
            self.complete = True

    def without_effect(self, error: httpx2.HTTPError) -> bool:
        """Whether the service cannot have understood the request that failed with `error`."""
        return isinstance(error, _NEVER_SENT) or (self.begun and not self.complete)


def unavailable(service: str, request: str, reason: str) -> ServiceUnavailable:
    """The call certainly had no effect, or only read."""
    return ServiceUnavailable(
        Text(
            en=f"{service} could not be reached for {request}: {reason}",
            ja=f"{service} に接続できませんでした（{request}）: {reason}",
        ),
        service=service,
    )


def outcome_unknown(service: str, request: str, reason: str) -> OutcomeUnknown:
    """A write went out and nobody knows what became of it."""
    return OutcomeUnknown(
        Text(
            en=f"{service} may or may not have carried out {request}: {reason}",
            ja=f"{service} が {request} を実行したかどうか分かりません: {reason}",
        ),
        service=service,
        hint=_ASK_THE_SERVICE,
    )


def unanswered(service: str, request: str, error: httpx2.HTTPError, *, harmless: bool) -> ConnectorError:
    """The error for a call without an answer; `harmless` calls only read, or were never understood."""
    # The type is more useful than an empty or platform-dependent text, and never holds a header.
    reason = type(error).__name__ + (f": {error}" if str(error) else "")
    make = unavailable if harmless else outcome_unknown
    return make(service, request, reason)
