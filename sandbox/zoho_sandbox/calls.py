"""A call that reached the sandbox, the answer it gets, and the operations that answer it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from zoho_sandbox.accounts.grants import Grant
    from zoho_sandbox.sandbox import Sandbox

RefusalReason = Literal[
    "no_token", "invalid_token", "scope", "not_found", "method", "unreadable", "failure", "rate_limit"
]


@dataclass(slots=True, kw_only=True)
class Call:
    """One request, parsed. `path` holds the path parameters, `grant` who calls (None on open operations), `content`
    the body as it came, for those that take files."""

    sandbox: "Sandbox"
    method: str
    url_path: str
    path: dict[str, str]
    query: dict[str, str]
    headers: Mapping[str, str]
    body: dict[str, Any]
    in_flight: int = 1
    content: bytes = b""
    _grant: "Grant | None" = None

    @property
    def grant(self) -> "Grant":
        if self._grant is None:
            raise LookupError(f"{self.method} {self.url_path} is an open operation: nobody is signed in")
        return self._grant

    @property
    def is_signed_in(self) -> bool:
        return self._grant is not None

    def signed_in(self, grant: "Grant") -> None:
        self._grant = grant


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: `body` is JSON when a dict, sent as it is when bytes, absent when None."""

    status: int
    body: dict[str, Any] | bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a call is refused before its handler runs; each service words it in its own error body.

    `code` is the vendor code a rate-limit fault asked for (Books 44, 45, 1070), `status` the HTTP status of a
    "failure", `detail` the sentence for a person (for "not_found" the path, for "scope" the scope), `headers` the
    call's, where a service answers browsers and programs differently.
    """

    reason: RefusalReason
    status: int = 500
    code: str | None = None
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Raised by a handler to end the call with `answer`."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


Handler = Callable[[Call], Answer]
Scope = str | Callable[[Call], str]


@dataclass(frozen=True, slots=True)
class Operation:
    """A method and path, the plain function that answers, and the OAuth scope it needs (None: open)."""

    method: str
    path: str
    handler: Handler
    scope: Scope | None


def route(method: str, path: str, handler: Handler, *, scope: Scope | None) -> Operation:
    """Declare an operation; `path` is complete (`/books/v3/invoices/{invoice_id}`)."""
    return Operation(method, path, handler, scope)
