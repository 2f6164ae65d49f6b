"""An operation of Books: whose organisation is called, and how its answer is worded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zoho_sandbox.books import organizations, users
from zoho_sandbox.books.errors import BooksError, wrong_organization
from zoho_sandbox.books.listing import Page
from zoho_sandbox.books.organizations import Organization
from zoho_sandbox.books.payload import Fields, truth
from zoho_sandbox.books.times import stamp
from zoho_sandbox.calls import Answer, Call, Operation, route
from zoho_sandbox.database import Database
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.wire import encode

_BASE = "/books/v3"


@dataclass(frozen=True, slots=True)
class BooksCall:
    """A call to one organisation by one of its users."""

    call: Call
    organization: Organization
    user: users.Member

    @property
    def sandbox(self) -> Sandbox:
        return self.call.sandbox

    @property
    def db(self) -> Database:
        return self.call.sandbox.db

    @property
    def organization_id(self) -> str:
        return self.organization.organization_id

    @property
    def query(self) -> dict[str, str]:
        return self.call.query

    @property
    def fields(self) -> Fields:
        return Fields(self.call.body)

    @property
    def today(self) -> date:
        return self.organization.today(self.sandbox)

    def now(self) -> int:
        """The present as the database stores it."""
        return stamp(self.sandbox.clock.now())

    def id(self, name: str) -> str:
        """A path parameter."""
        return self.call.path[name]

    def wants(self, name: str) -> bool:
        """A true/false query parameter; absent is false."""
        value = self.query.get(name)
        return truth(value, name) if value else False


Handler = Callable[[BooksCall], Answer]


def operation(method: str, path: str, handler: Handler, *, scope: str) -> Operation:
    """An operation on one organisation, named by `organization_id`; a write is one transaction.

    `path` is relative to `/books/v3`, `scope` to `ZohoBooks`: "invoices.CREATE".
    """

    def answer(call: Call) -> Answer:
        return handler(_books_call(call))

    return route(method, _BASE + path, _guarded(answer), scope=f"ZohoBooks.{scope}")


def open_operation(method: str, path: str, handler: Callable[[Call], Answer], *, scope: str) -> Operation:
    """An operation that names no organisation in its query."""
    return route(method, _BASE + path, _guarded(handler), scope=f"ZohoBooks.{scope}")


def _guarded(handler: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    def answer(call: Call) -> Answer:
        try:
            if call.method == "GET":
                return handler(call)
            with call.sandbox.db.transaction():
                return handler(call)
        except BooksError as error:
            return refused(error)

    return answer


def _books_call(call: Call) -> BooksCall:
    organization_id = call.query.get("organization_id", "")
    organization = organizations.find(call.sandbox.db, organization_id)
    user = users.member(call.sandbox.db, organization_id, call.grant.user_id)
    if user is None:
        raise wrong_organization(organization_id)
    return BooksCall(call, organization, user)


def refused(error: BooksError) -> Answer:
    return Answer(error.status, {"code": error.code, "message": error.message})


def success(message: str = "success", *, status: int = 200, **resources: Any) -> Answer:
    """The envelope: code 0, the message, and the resources by name."""
    return Answer(status, {"code": 0, "message": message, **resources})


def page_answer(name: str, rows: list[dict[str, Any]], page: Page) -> Answer:
    """A list answer from up to one row more than the page holds."""
    body = {name: rows[: page.per_page], "page_context": page.described(len(rows))}
    return Answer(200, {"code": 0, "message": "success", **body})


def spliced_row(head: Mapping[str, Any], stored: str) -> bytes:
    """The JSON object `stored`, with the keys of `head` in front."""
    return encode(head)[:-1] + b"," + stored[1:].encode()


def spliced(name: str, rows: Iterable[bytes], context: dict[str, Any]) -> Answer:
    """A list answer whose rows are JSON already: nothing is parsed and printed again."""
    head = b'{"code":0,"message":"success","%s":[' % name.encode()
    return Answer(200, b"".join((head, b",".join(rows), b'],"page_context":', encode(context), b"}")))
