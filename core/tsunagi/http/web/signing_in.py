"""Signing in with a token and out again, and the first form of a new installation, which signs its sender in."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.access.tokens import anybody_may_sign_in, person_of_token, sign_in
from tsunagi.app.connections.set_up import require_code, set_up
from tsunagi.errors import PermissionDenied, TsunagiError
from tsunagi.http.auth import SESSION, SESSION_SECONDS, AnyCaller, ServerState, address_of
from tsunagi.http.errors import status_of
from tsunagi.http.web.consent import ask, redirect_uri
from tsunagi.http.web.rendering import HOME, page, within
from tsunagi.http.web.setting_fields import EnteredForm, entered_settings, setting_fields
from tsunagi.hub import Hub

router = APIRouter()
_Code = Annotated[str, Query(max_length=100)]


@router.get("/sign-in")
def show_form(request: Request, server: AnyCaller, to: str = HOME) -> HTMLResponse:
    return _form(request, server.hub, to)


@router.post("/sign-in")
def begin(
    request: Request,
    server: AnyCaller,
    token: Annotated[str, Form(max_length=500)] = "",
    to: Annotated[str, Form(max_length=2000)] = HOME,
) -> Response:
    """The cookie holds the token's id alone, signed; whether it is still valid is checked with each request."""
    address = address_of(request)
    server.wrong_tokens.check(address)
    try:
        found = sign_in(server.hub.context, token.strip())
        person_of_token(server.hub.context, found.id)
    except PermissionDenied as error:
        server.wrong_tokens.add(address)
        return _form(request, server.hub, to, error)
    answer = RedirectResponse(within(to), 303)
    keep_signed_in(request, server, answer, found.id)
    return answer


def keep_signed_in(request: Request, server: ServerState, answer: Response, token_id: str) -> None:
    """Signs in the receiver of this response with the token of this id."""
    answer.set_cookie(
        SESSION,
        server.sessions.dumps(token_id),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


@router.post("/sign-out")
def end(request: Request) -> RedirectResponse:
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


def to_sign_in(request: Request) -> Response:
    """Where somebody is sent who has not signed in; they come back to what they wanted to see."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    to = f"/sign-in?to={quote(asked, safe='')}" if request.method == "GET" else "/sign-in"
    if request.headers.get("hx-request"):
        # A part of a page cannot be the sign-in page: the browser is sent to another page.
        return Response(headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(to, 303)


def _form(request: Request, hub: Hub, to: str, error: TsunagiError | None = None) -> HTMLResponse:
    crm = hub.registry.crm_service()
    return page(
        request,
        hub,
        "sign_in.html",
        status=200 if error is None else 401,
        to=within(to),
        error=error,
        crm=crm,
        # A token outlives the CRM's connection.
        connected=anybody_may_sign_in(hub.context)
        or any(connection.service == crm for connection in hub.connectors.all()),
    )


@router.get("/set-up")
def show_set_up(request: Request, server: AnyCaller, code: _Code = "") -> HTMLResponse:
    _check_code(request, server, code)
    return _set_up_form(request, server, code)


@router.post("/set-up")
def begin_set_up(
    request: Request, server: AnyCaller, form: EnteredForm, code: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """The person who connected the CRM is signed in, and sees their token this once."""
    _check_code(request, server, code)
    hub = server.hub
    kind = hub.registry.connector(hub.registry.crm_service())
    values = entered_settings(kind.settings, form)
    if kind.consent is None or kind.consent.fills in values:
        return finish_set_up(request, server, code, values)
    try:
        return ask(request, kind.service, values, set_up=code)
    except TsunagiError as error:
        return _set_up_form(request, server, code, values, error)


def finish_set_up(request: Request, server: ServerState, code: str, values: dict[str, str]) -> Response:
    """Connect the CRM and sign in the person who did."""
    hub = server.hub
    try:
        new = set_up(hub.context, hub.settings, code, values)
    except TsunagiError as error:
        return _set_up_form(request, server, code, values, error)
    answer = page(request, hub, "set_up_done.html", new=new)
    keep_signed_in(request, server, answer, new.token.id)
    return answer


def _check_code(request: Request, server: ServerState, code: str) -> None:
    """Guessing a code is throttled like guessing a token."""
    address = address_of(request)
    server.wrong_tokens.check(address)
    try:
        require_code(server.hub.context, server.hub.settings, code)
    except TsunagiError:
        server.wrong_tokens.add(address)
        raise


def _set_up_form(
    request: Request,
    server: ServerState,
    code: str,
    values: dict[str, str] | None = None,
    error: TsunagiError | None = None,
) -> HTMLResponse:
    kind = server.hub.registry.connector(server.hub.registry.crm_service())
    return page(
        request,
        server.hub,
        "set_up.html",
        status=status_of(error) if error else 200,
        kind=kind,
        fields=setting_fields(kind.settings, values, kind.consent),
        redirect_uri=redirect_uri(request),
        code=code,
        error=error,
    )
