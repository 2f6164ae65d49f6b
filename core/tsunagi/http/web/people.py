"""The people page: who the CRM's users are, and the tokens they sign in with."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.access import tokens
from tsunagi.app.access.permissions import list_people as people_of_crm
from tsunagi.app.access.permissions import require_administrator
from tsunagi.errors import TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import status_of
from tsunagi.http.web.rendering import page

router = APIRouter(prefix="/people")


@router.get("")
def list_people(request: Request, caller: SignedIn) -> HTMLResponse:
    return _page(request, caller)


@router.post("/tokens")
def make_token(
    request: Request,
    caller: SignedIn,
    user: Annotated[str, Form(max_length=320)] = "",
    label: Annotated[str, Form(max_length=200)] = "",
) -> HTMLResponse:
    """The token is shown on the answer to this and never again."""
    try:
        new = tokens.create_token(caller.hub.context, caller.person, user.strip(), label=label.strip())
    except TsunagiError as error:
        return _page(request, caller, error=error)
    return _page(request, caller, new=new)


@router.post("/tokens/{id}/revoke")
def revoke_token(caller: SignedIn, id: str) -> RedirectResponse:
    tokens.revoke_token(caller.hub.context, caller.person, id)
    return RedirectResponse("/people", 303)


def _page(
    request: Request, caller: Caller, *, new: tokens.NewToken | None = None, error: TsunagiError | None = None
) -> HTMLResponse:
    context = caller.hub.context
    require_administrator(context, caller.person, "tokens:list")
    issued = tokens.list_tokens(context, caller.person)
    return page(
        request,
        caller.hub,
        "people.html",
        status=status_of(error) if error else 200,
        people=people_of_crm(context, caller.person),
        live={token.email.lower() for token in issued if token.revoked_at is None},
        issued=issued,
        new=new,
        error=error,
    )
