"""One FastAPI application: API, pages, and the middlewares around both."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI, Request, Security
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tsunagi.app.settings import derived_key
from tsunagi.http import error_handlers
from tsunagi.http.api import (
    accounts,
    connections,
    currencies,
    document_forms,
    document_lists,
    documents,
    editor,
    files,
    history,
    notifications,
    open_items,
    operations,
    people,
    plans,
    problems,
    records,
    repeating,
    rule_trials,
    rules,
    services,
    sync_pairs,
    sync_runs,
    widgets,
)
from tsunagi.http.api.conditional import ConditionalAnswers
from tsunagi.http.api.description import describe, operation_id
from tsunagi.http.api.schemas import DESCRIBED
from tsunagi.http.auth import ServerState, WrongTokens, authenticate, may_read_description, sessions
from tsunagi.http.csrf import STYLE_NONCE, CsrfMiddleware, check_token
from tsunagi.http.drafts import Drafts
from tsunagi.http.languages import LanguageMiddleware
from tsunagi.http.web import backfills as backfill_pages
from tsunagi.http.web import connecting, document_work, record_lists, signing_in
from tsunagi.http.web import document_forms as document_form_pages
from tsunagi.http.web import documents as documents_page
from tsunagi.http.web import open_items as open_items_page
from tsunagi.http.web import operations as operations_page
from tsunagi.http.web import people as people_page
from tsunagi.http.web import plans as plan_pages
from tsunagi.http.web import receivables as receivables_page
from tsunagi.http.web import records as record_pages
from tsunagi.http.web import reference as reference_page
from tsunagi.http.web import rule_editor as rule_editor_page
from tsunagi.http.web import rules as rules_page
from tsunagi.http.web import services as services_page
from tsunagi.http.web import sync_pairs as sync_pairs_page
from tsunagi.http.web import sync_reviews as sync_reviews_page
from tsunagi.http.web import sync_runs as sync_run_pages
from tsunagi.http.web import why as why_pages
from tsunagi.http.web import widgets as widget_page
from tsunagi.http.web.rendering import static_files
from tsunagi.hub import Hub

LARGEST_BODY = 1024 * 1024


def create_application(hub: Hub, *, hosts: Sequence[str] = ("*",), nudge: Callable[[], None] = lambda: None) -> FastAPI:
    """The hub's API and pages as an ASGI application; the caller opens and closes the hub.

    `hosts` are the names it answers to, "*" any. `nudge` is called when notifications have been taken in;
    `serve` and `running` connect it with the thread that reads them.
    """
    application = FastAPI(
        title="Tsunagi",
        version=version("tsunagi"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        routes=[*_routes()],
    )
    application.state.server = ServerState(
        hub,
        nudge,
        sessions(derived_key(hub.settings, b"sessions")),
        WrongTokens(hub.context.now),
        Drafts(derived_key(hub.settings, b"drafts")),
    )
    application.state.used_states = OrderedDict()
    application.add_api_route(
        "/api/openapi.json",
        api_description,
        dependencies=[Depends(may_read_description)],
        include_in_schema=False,
    )
    application.mount("/static", static_files())
    error_handlers.install(application)
    _wrap(application, hub, hosts)
    application.openapi = lambda: describe(application)  # type: ignore[method-assign] # the documented way to adapt it
    return application


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """What every application of this process answers: to work out what hundreds of routes take is done once."""
    root = APIRouter(generate_unique_id_function=operation_id)
    for router in (*_api(), *_pages()):
        root.include_router(router)
    return tuple(root.routes)


def api_description(request: Request) -> JSONResponse:
    """The description of the API, for who may read it."""
    return JSONResponse(request.app.openapi())


def _api() -> tuple[APIRouter, ...]:
    """The complete API: the public routes, and those that need authentication."""
    public = APIRouter()
    # Services prove themselves by a secret of their own; a monitor has no account.
    public.include_router(notifications.router, prefix="/api", responses=problems.ANSWERS)
    public.include_router(operations.router)
    signed_in = APIRouter(
        prefix="/api",
        responses=problems.ANSWERS,
        dependencies=[Depends(authenticate), Security(DESCRIBED), Depends(repeating.once)],
    )
    for router in (
        accounts.router,
        records.contacts,
        records.deals,
        records.vendors,
        records.products,
        document_lists.router,
        documents.router,
        document_lists.receivables_router,
        document_forms.router,
        sync_runs.router,
        plans.router,
        sync_pairs.router,
        sync_pairs.reviews,
        open_items.router,
        connections.router,
        services.features_router,
        services.router,
        currencies.router,
        connections.keys_router,
        people.tokens_router,
        rules.router,
        files.rules_router,
        rule_trials.router,
        editor.router,
        people.router,
        files.permissions_router,
        history.proofs_router,
        history.router,
        sync_pairs.reconciliation_router,
        operations.plugins_router,
        operations.audit_router,
        widgets.router,
    ):
        signed_in.include_router(router)
    return public, signed_in


def _pages() -> tuple[APIRouter, ...]:
    """All pages: readers sign in first, and each form is checked for its token."""
    public = APIRouter(dependencies=[Depends(check_token)], include_in_schema=False)
    public.include_router(signing_in.router)
    public.include_router(connecting.open_router)
    public.include_router(widget_page.router)
    signed_in = APIRouter(dependencies=[Depends(authenticate), Depends(check_token)], include_in_schema=False)
    pages = (
        record_lists,
        record_pages,
        document_form_pages,
        document_work,
        documents_page,
        open_items_page,
        sync_run_pages,
        plan_pages,
        sync_pairs_page,
        sync_reviews_page,
        rule_editor_page,
        backfill_pages,
        rules_page,
        services_page,
        people_page,
        connecting,
        operations_page,
        receivables_page,
        reference_page,
        why_pages,
    )
    for page in pages:
        signed_in.include_router(page.router)
    # The editor of the pages asks as its reader, who has no token of the API.
    signed_in.include_router(editor.router)
    return public, signed_in


def _wrap(application: FastAPI, hub: Hub, hosts: Sequence[str]) -> None:
    # The last one added is the outermost.
    # The limit ends a request by an exception of its own, which is no unexpected error.
    application.add_middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY)
    application.add_middleware(error_handlers.UnexpectedErrors)
    application.add_middleware(repeating.FirstAnswers, hub=hub)
    application.add_middleware(ConditionalAnswers)
    application.add_middleware(
        CsrfMiddleware,
        key=derived_key(hub.settings, b"forms"),
        refuse=error_handlers.refuse,
        except_under="/api/notifications/",
    )
    application.add_middleware(LanguageMiddleware, default=hub.settings.language)
    application.add_middleware(SecurityHeadersMiddleware)
    application.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)


# The style sheet draws its arrows and ticks from data: URLs.
_SHOWN = ("default-src 'none'", "img-src 'self' data:", "base-uri 'none'")
_CONTENT = "; ".join(
    (
        *_SHOWN,
        "script-src 'self'",
        "style-src 'self' 'nonce-{nonce}'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
# What reads a PDF is a part of the browser that styles itself.
_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_TWO_YEARS = 2 * 365 * 24 * 3600


class SecurityHeadersMiddleware:
    """Adds them to every answer; nothing is kept in a cache unless the response itself allows it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        nonce = scope[STYLE_NONCE] = secrets.token_urlsafe(16)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _CONTENT.format(nonce=nonce)
                _add(headers, secure=scope["scheme"] == "https")
                _let_frame(headers, scope.get("state", {}).get("framed_by", ()))
                if scope["path"].startswith("/documents/") and scope["path"].endswith("/pdf"):
                    _allow_inside(headers)
            await send(message)

        await self._app(scope, receive, guarded)


def _allow_inside(headers: MutableHeaders) -> None:
    """Documents are previewed inside our own pages, and so is the error where one cannot be read."""
    headers["X-Frame-Options"] = "SAMEORIGIN"
    allowed = headers["Content-Security-Policy"].replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    headers["Content-Security-Policy"] = _PDF if headers.get("Content-Type") == "application/pdf" else allowed


def _add(headers: MutableHeaders, *, secure: bool) -> None:
    for name, value in _ALWAYS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", "no-store")
    if secure:
        headers["Strict-Transport-Security"] = f"max-age={_TWO_YEARS}"


def _let_frame(headers: MutableHeaders, framed_by: Sequence[str]) -> None:
    """A page for reading in frames of these sites: it runs no script and sends no form, and its address is a secret."""
    if not framed_by:
        return
    del headers["X-Frame-Options"]
    headers["Content-Security-Policy"] = "; ".join(
        (*_SHOWN, "style-src 'self'", "form-action 'none'", f"frame-ancestors {' '.join(framed_by)}")
    )
    headers["Referrer-Policy"] = "no-referrer"
