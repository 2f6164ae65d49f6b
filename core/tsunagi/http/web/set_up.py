"""The set-up page of a new installation: the CRM's credentials, and then the token to sign in with."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from tsunagi.app.connections.set_up import require_code, set_up
from tsunagi.errors import TsunagiError
from tsunagi.http.auth import AnyCaller, ServerState, address_of
from tsunagi.http.errors import status_of
from tsunagi.http.web.consent import ask, redirect_uri
from tsunagi.http.web.rendering import page
from tsunagi.http.web.setting_fields import EnteredForm, entered_settings, setting_fields
from tsunagi.http.web.signing_in import keep_signed_in

router = APIRouter()

_Code = Annotated[str, Query(max_length=100)]


@router.get("/set-up")
def show_form(request: Request, server: AnyCaller, code: _Code = "") -> HTMLResponse:
    _check(request, server, code)
    return _form(request, server, code)


@router.post("/set-up")
def begin(
    request: Request, server: AnyCaller, form: EnteredForm, code: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """The person who connected the CRM is signed in, and sees their token this once."""
    _check(request, server, code)
    hub = server.hub
    kind = hub.registry.connector(hub.registry.crm_service())
    values = entered_settings(kind.settings, form)
    if kind.consent is None or kind.consent.fills in values:
        return finish(request, server, code, values)
    try:
        return ask(request, kind.service, values, set_up=code)
    except TsunagiError as error:
        return _form(request, server, code, values, error)


def finish(request: Request, server: ServerState, code: str, values: dict[str, str]) -> Response:
    """Connect the CRM and sign in the person who did."""
    hub = server.hub
    try:
        new = set_up(hub.context, hub.settings, code, values)
    except TsunagiError as error:
        return _form(request, server, code, values, error)
    answer = page(request, hub, "set_up_done.html", new=new)
    keep_signed_in(request, server, answer, new.token.id)
    return answer


def _check(request: Request, server: ServerState, code: str) -> None:
    """Guessing a code is throttled like guessing a token."""
    address = address_of(request)
    server.wrong_tokens.check(address)
    try:
        require_code(server.hub.context, server.hub.settings, code)
    except TsunagiError:
        server.wrong_tokens.add(address)
        raise


def _form(
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
