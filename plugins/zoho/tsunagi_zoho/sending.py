"""Whether a call that brought no answer can have had an effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from tsunagi import ConnectorError, OutcomeUnknown, ServiceUnavailable, Text

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
    # The type says more than an empty or platform-dependent text, and never holds a header.
    reason = type(error).__name__ + (f": {error}" if str(error) else "")
    make = unavailable if harmless else outcome_unknown
    return make(service, request, reason)
