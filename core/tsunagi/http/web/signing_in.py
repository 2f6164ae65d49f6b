"""Signing in with a token, and out again."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.access.tokens import anybody_may_sign_in, person_of_token, sign_in
from tsunagi.errors import PermissionDenied, TsunagiError
from tsunagi.http.auth import SESSION, SESSION_SECONDS, AnyCaller, ServerState, address_of
from tsunagi.http.web.rendering import HOME, page, within
from tsunagi.hub import Hub

router = APIRouter()


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
