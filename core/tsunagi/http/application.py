"""One FastAPI application: API, pages, and the middlewares around both."""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from tsunagi.app.keys import derived_key
from tsunagi.http import error_handlers
from tsunagi.http.api import routes as api
from tsunagi.http.api.problems import Problem
from tsunagi.http.auth import ServerState, may_read_description, sessions
from tsunagi.http.csrf import CsrfMiddleware
from tsunagi.http.drafts import Drafts
from tsunagi.http.languages import LanguageMiddleware
from tsunagi.http.security_headers import SecurityHeadersMiddleware
from tsunagi.http.throttle import WrongTokens
from tsunagi.http.web import routes as web
from tsunagi.http.web.static_files import static_files
from tsunagi.hub import Hub

LARGEST_BODY = 1024 * 1024

_TAGS = [
    {"name": "accounts", "description": "Accounts of the CRM with their contacts, deals and finance documents"},
    {"name": "contacts", "description": "Contacts of the CRM with the documents of their account"},
    {"name": "deals", "description": "Deals of the CRM with the documents that name them"},
    {"name": "documents", "description": "Fetching documents anew, printing and mailing them"},
    {"name": "sync runs", "description": "Bringing the services in step: begin, follow, look back"},
    {"name": "open items", "description": "What is not as it should be, and trying it again"},
    {"name": "connections", "description": "Which organisations are connected, and connecting or creating one"},
    {"name": "features", "description": "Which parts of a service are fetched and shown"},
    {"name": "services", "description": "Switching a service off and on, and forgetting it"},
    {"name": "currencies", "description": "Plans, base currencies and exchange rates of both sides"},
    {"name": "keys", "description": "Letting somebody else connect one's own organisation"},
    {"name": "tokens", "description": "What people and programs sign in with"},
    {"name": "rules", "description": "What is automated, and rule files that need repair"},
    {"name": "plugins", "description": "What brings the services"},
    {"name": "notifications", "description": "Callbacks of the services"},
    {"name": "operations", "description": "For whoever runs the hub"},
]


def create_application(hub: Hub, *, hosts: Sequence[str] = ("*",), nudge: Callable[[], None] = lambda: None) -> FastAPI:
    """The hub's API and pages as an ASGI application; the caller opens and closes the hub.

    `hosts` are the names it answers to, "*" any. `nudge` is called when notifications have been taken in;
    `serve` and `running` connect it with the thread that reads them.
    """
    application = FastAPI(title="Tsunagi", version=version("tsunagi"), openapi_url=None, docs_url=None, redoc_url=None)
    application.state.server = ServerState(
        hub,
        nudge,
        sessions(derived_key(hub.settings, b"sessions")),
        WrongTokens(hub.context.now),
        Drafts(derived_key(hub.settings, b"drafts")),
    )
    application.include_router(api.open_router)
    application.include_router(web.open_router)
    # Both ask who is asking before anything else.
    application.include_router(api.router)
    application.include_router(web.router)
    application.add_api_route(
        "/api/openapi.json",
        lambda: JSONResponse(application.openapi()),
        dependencies=[Depends(may_read_description)],
        include_in_schema=False,
    )
    application.mount("/static", static_files())
    error_handlers.install(application)
    _wrap(application, hub, hosts)
    application.openapi = lambda: _openapi(application)  # type: ignore[method-assign] # the documented way to adapt it
    return application


def _wrap(application: FastAPI, hub: Hub, hosts: Sequence[str]) -> None:
    # The last one added is the outermost.
    # The limit ends a request by an exception of its own, which is no unexpected error.
    application.add_middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY)
    application.add_middleware(error_handlers.UnexpectedErrors)
    application.add_middleware(
        CsrfMiddleware,
        key=derived_key(hub.settings, b"forms"),
        refuse=error_handlers.refuse,
        except_under="/api/notifications/",
    )
    application.add_middleware(LanguageMiddleware, default=hub.settings.language)
    application.add_middleware(SecurityHeadersMiddleware)
    application.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)


def _openapi(application: FastAPI) -> dict[str, Any]:
    if application.openapi_schema is None:
        schema = get_openapi(
            title=application.title,
            version=application.version,
            summary="A bridge between a CRM and the finance services a company bills and spends with",
            description="Money is `{amount, currency}` with the amount as exact text. Lists are read a page at a "
            "time: ask again with `after` set to `next`. Errors are RFC 9457 problem details. Texts come in the "
            "language of Accept-Language (en, ja).",
            routes=application.routes,
            tags=_TAGS,
        )
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = {"Problem": problem, **problem.pop("$defs", {})}
        schema["components"]["schemas"].update(parts)
        application.openapi_schema = schema
    return application.openapi_schema
