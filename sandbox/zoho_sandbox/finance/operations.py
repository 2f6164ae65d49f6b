"""The operations of a finance service: who calls which organisation, the wording of answers, and the product."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import partial
from typing import Any

from zoho_sandbox.calls import Answer, Call, Operation, Refusal, route
from zoho_sandbox.database import Database
from zoho_sandbox.finance import limits, organizations, users
from zoho_sandbox.finance.errors import FinanceError, invalid_url, not_authorized
from zoho_sandbox.finance.listing import Page
from zoho_sandbox.finance.organizations import Organization
from zoho_sandbox.finance.payload import Fields, truth
from zoho_sandbox.finance.services import BOOKS, Service
from zoho_sandbox.finance.times import Moment, stamp, zone
from zoho_sandbox.product import Product
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.wire import encode

_NO_TOKEN = FinanceError(401, 14, "The request could not be authenticated. Please check the OAuth token.")


@dataclass(frozen=True, slots=True)
class FinanceCall:
    """A call to one organisation of a service by one of its users, now or at another moment."""

    request: Call
    service: Service
    organization: Organization
    user: users.Member
    moment: Moment | None = None

    @property
    def sandbox(self) -> Sandbox:
        return self.request.sandbox

    @property
    def db(self) -> Database:
        return self.request.sandbox.db

    @property
    def organization_id(self) -> str:
        return self.organization.organization_id

    @property
    def ledger(self) -> str:
        """The key of this organisation's own data in this service."""
        return self.service.ledger(self.organization_id)

    @property
    def query(self) -> dict[str, str]:
        return self.request.query

    @property
    def fields(self) -> Fields:
        return Fields(self.request.body)

    @property
    def today(self) -> date:
        return self.moment.day if self.moment else self.organization.today(self.sandbox)

    def now(self) -> int:
        """The present as the database stores it."""
        return self.moment.at if self.moment else stamp(self.sandbox.clock.now())

    @property
    def present(self) -> Moment:
        return Moment(self.today, self.now())

    def first_of_day(self, day: date, *, earliest: int = 0) -> Moment:
        """Midnight of a day where the organisation is, but not before `earliest`."""
        midnight = stamp(datetime.combine(day, time(), zone(self.organization.time_zone)))
        return Moment(day, max(midnight, earliest))

    def at(self, moment: Moment) -> FinanceCall:
        """What happens by itself at that moment: nothing in the request is meant for it."""
        return replace(self, moment=moment, request=replace(self.request, body={}, query={}))

    def id(self, name: str) -> str:
        """A path parameter."""
        return self.request.path[name]

    def wants(self, name: str) -> bool:
        """A true/false query parameter; absent is false."""
        value = self.query.get(name)
        return truth(value, name) if value else False


Handler = Callable[[FinanceCall], Answer]
OpenHandler = Callable[[Call, Service], Answer]
Before = Callable[[FinanceCall], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """An operation several services answer alike; `path` is relative to the service's, `scope` to its scopes.

    `answer` is given what the service does before it.
    """

    method: str
    path: str
    answer: Callable[[Call, Service, Before | None], Answer]
    scope: str

    def by(self, service: Service, before: Before | None = None) -> Operation:
        """The operation as `service` answers it; a write is one transaction."""

        def answer(call: Call) -> Answer:
            _check_ids(call)
            return self.answer(call, service, before)

        scope = f"{service.scope}.{self.scope}"
        return route(self.method, service.base + self.path, _guarded(answer), scope=scope)


def _check_ids(call: Call) -> None:
    """An id is a number: any other word in its place makes an unknown path. Raises FinanceError 5."""
    if not all(value.isdigit() for name, value in call.path.items() if name.endswith("_id")):
        raise invalid_url()


def offer(method: str, path: str, handler: Handler, *, scope: str) -> Offer:
    """An operation on one organisation, named by `organization_id` in the query or by the service's header."""

    def answer(call: Call, service: Service, before: Before | None) -> Answer:
        finance_call = _finance_call(call, service)
        if before is not None:
            before(finance_call)
        return handler(finance_call)

    return Offer(method, path, answer, scope)


def status_offers(
    path: str,
    scope: str,
    set_status: Callable[[FinanceCall, str], Answer],
    names: tuple[str, str] = ("active", "inactive"),
) -> tuple[Offer, Offer]:
    """`POST {path}/active` and `POST {path}/inactive`, or as the service names them; `set_status` answers both."""
    return (
        offer("POST", f"{path}/{names[0]}", lambda call: set_status(call, "active"), scope=scope),
        offer("POST", f"{path}/{names[1]}", lambda call: set_status(call, "inactive"), scope=scope),
    )


def open_offer(method: str, path: str, handler: OpenHandler, *, scope: str) -> Offer:
    """An operation that needs no organisation to be named."""

    def answer(call: Call, service: Service, _before: Before | None) -> Answer:
        return handler(call, service)

    return Offer(method, path, answer, scope)


def offered(service: Service, *groups: Iterable[Offer], before: Before | None = None) -> tuple[Operation, ...]:
    """The operations of a service, in the order given."""
    return tuple(each.by(service, before) for group in groups for each in group)


def _guarded(handler: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    def answer(call: Call) -> Answer:
        try:
            if call.method == "GET":
                return handler(call)
            with call.sandbox.db.transaction():
                return handler(call)
        except FinanceError as error:
            return refused(error)

    return answer


def _finance_call(call: Call, service: Service) -> FinanceCall:
    organization_id = organizations.named(call, service)
    organization = organizations.find(call.sandbox.db, organization_id, service.name)
    return FinanceCall(
        call, service, organization, users.signed_in(call.sandbox.db, organization_id, call.grant.user_id)
    )


def administrators_only(call: FinanceCall) -> None:
    """Raises FinanceError 57 unless an administrator of the organisation calls."""
    if not call.user.is_administrator:
        raise not_authorized()


def refuse(refusal: Refusal, service: Service = BOOKS) -> Answer:
    """Word a refusal of the endpoint as the finance services do."""
    return refused(_worded(refusal, service))


def _worded(refusal: Refusal, service: Service) -> FinanceError:
    match refusal.reason:
        case "no_token":
            return _NO_TOKEN
        case "invalid_token" | "scope":
            return not_authorized()
        case "not_found":
            return invalid_url()
        case "method":
            return FinanceError(400, 37, "The HTTP method is not allowed for the requested resource")
        case "unreadable":
            return FinanceError(400, 4, "Invalid element: the body is not a JSON object")
        case "rate_limit":
            return limits.refusal(int(refusal.code or 44), max(service.daily_calls.values()))
        case "failure":
            return FinanceError(refusal.status, 1000, "Internal error")


def refused(error: FinanceError) -> Answer:
    return Answer(error.status, {"code": error.code, "message": error.message})


def success(message: str = "success", *, status: int = 200, **resources: Any) -> Answer:
    """The envelope: code 0, the message, and the resources by name."""
    return Answer(status, {"code": 0, "message": message, **resources})


def resource_answer(name: str, resource: dict[str, Any], message: str = "success", *, status: int = 200) -> Answer:
    """The envelope around one resource whose key is computed."""
    return Answer(status, {"code": 0, "message": message, name: resource})


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


def product_of(
    service: Service,
    *offers: Iterable[Offer],
    schema: str = "",
    prepare: Callable[[Sandbox], None] | None = None,
    before: Before | None = None,
) -> Product:
    """The product of `service`; `before` is called with each call to an organisation, before its operation."""
    return Product(
        name=service.name,
        prefix=f"/{service.base.split('/')[1]}",
        schema=schema,
        operations=offered(service, *offers, before=before),
        refuse=partial(refuse, service=service),
        prepare=prepare or _nothing_to_prepare,
        admit=partial(_admit, service),
        stamp=partial(limits.stamp, service=service),
        trailing_slash=True,
    )


def _nothing_to_prepare(_sandbox: Sandbox) -> None:
    """The default `prepare`."""


def _admit(service: Service, call: Call) -> Answer | None:
    """Turn the call away where the service's limits say so."""
    error = limits.admit(call, service)
    return None if error is None else refused(error)
