"""Puts the products together: one database, one web application."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, Router, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from zoho_sandbox.accounts.product import PRODUCT as ACCOUNTS
from zoho_sandbox.billing.product import PRODUCT as BILLING
from zoho_sandbox.billing.product import SUBSCRIPTIONS
from zoho_sandbox.books.product import INVOICE_PRODUCT as INVOICE
from zoho_sandbox.books.product import PRODUCT as BOOKS
from zoho_sandbox.calls import Answer, Call, Handler, Operation, Refusal
from zoho_sandbox.control.product import PRODUCT as CONTROL
from zoho_sandbox.crm.product import PRODUCT as CRM
from zoho_sandbox.demo_data import seed_company
from zoho_sandbox.endpoint import DropConnection, Endpoint
from zoho_sandbox.exchange_log import ExchangeLog
from zoho_sandbox.expense.product import PRODUCT as EXPENSE
from zoho_sandbox.product import Product
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.settings import SandboxSettings

# Prepared in this order: the CRM's administrator exists before the demo credentials that are theirs.
PRODUCTS: tuple[Product, ...] = (CRM, BOOKS, INVOICE, EXPENSE, BILLING, SUBSCRIPTIONS, ACCOUNTS, CONTROL)

_logger = logging.getLogger(__name__)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SEEDED = "seeded"
# Before the finance services shared their tables.
_FORMER_TABLE = "books_organizations"


class OldDataError(OSError):
    """The data file was made by an earlier version of the sandbox, whose tables are no longer read."""

    def __init__(self) -> None:
        super().__init__("an earlier version made this file: remove it, or name another one")


def open_sandbox(settings: SandboxSettings) -> Sandbox:
    """Open the data file, creating what a connection needs and, in a new file, the demo company.

    Raises OldDataError.
    """
    sandbox = Sandbox(settings)
    if sandbox.db.value("SELECT 1 FROM sqlite_master WHERE name = ?", (_FORMER_TABLE,)):
        sandbox.close()
        raise OldDataError
    for product in PRODUCTS:
        sandbox.db.create(product.schema)
    with sandbox.db.transaction():
        for product in PRODUCTS:
            product.prepare(sandbox)
        if sandbox.db.load_state(_SEEDED) is None:
            sandbox.db.save_state(_SEEDED, settings.seed_data)
            if settings.seed_data == "demo":
                seed_company(sandbox, settings.seed, documents=settings.documents)
    return sandbox


def create_app(sandbox: Sandbox, *, drop: DropConnection) -> Starlette:
    """The web application; `drop` closes the connection of the client at an address without an answer."""
    log = None if sandbox.settings.exchange_log is None else ExchangeLog(sandbox.settings.exchange_log)
    # A mount a service: its calls are not compared with the paths of the others.
    routes: list[BaseRoute] = []
    for product in PRODUCTS:
        endpoint = partial(Endpoint, sandbox, product, drop=drop, exchange_log=log)
        of_product = [
            _route(operation.path.removeprefix(product.prefix), methods, endpoint(operation))
            for operation, methods in _operations(product)
        ]
        routes += [_mounted(product, of_product)] if product.prefix else of_product
    return Starlette(routes=routes, lifespan=partial(_lifespan, sandbox, log))


def _route(path: str, methods: tuple[str, ...], endpoint: ASGIApp) -> Route:
    route = object.__new__(Route)
    vars(route).update(vars(_compiled(path, methods)), endpoint=endpoint, app=endpoint)
    return route


@cache
def _compiled(path: str, methods: tuple[str, ...]) -> Route:
    """A route to nowhere. There are more paths than Python keeps regular expressions, and a process may serve often."""
    return Route(path, _nowhere, methods=methods)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    raise NotImplementedError


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]


def _mounted(product: Product, routes: Sequence[BaseRoute]) -> Mount:
    if product.trailing_slash:
        return Mount(product.prefix, app=_without_trailing_slash(Router(routes)))
    return Mount(product.prefix, routes=routes)


def _without_trailing_slash(app: ASGIApp) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        await app({**scope, "path": path.rstrip("/")} if path.endswith("/") else scope, receive, send)

    return answer


@asynccontextmanager
async def _lifespan(sandbox: Sandbox, log: ExchangeLog | None, _app: Starlette) -> AsyncIterator[None]:
    tasks = [
        asyncio.ensure_future(product.background(sandbox)) for product in PRODUCTS if product.background is not None
    ]
    for task in tasks:
        task.add_done_callback(_report_failure)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if log is not None:
            log.close()


def _report_failure(task: "asyncio.Future[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        _logger.error("a background task of the sandbox ended", exc_info=task.exception())


def _operations(product: Product) -> Iterator[tuple[Operation, tuple[str, ...]]]:
    for operation in product.operations:
        yield operation, (operation.method,)
    unknown = _unknown_path(product)
    yield Operation("*", product.prefix + "/{rest:path}", unknown, None), _METHODS


def _unknown_path(product: Product) -> Handler:
    patterns = [_pattern(operation.path) for operation in product.operations]
    return partial(_refuse_path, product, patterns)


def _refuse_path(product: Product, patterns: Sequence[re.Pattern[str]], call: Call) -> Answer:
    if any(pattern.match(call.url_path) for pattern in patterns):
        return product.refuse(Refusal(reason="method", status=405, detail=call.method))
    return product.refuse(Refusal(reason="not_found", status=404, detail=call.url_path, headers=call.headers))
