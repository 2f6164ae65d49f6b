"""The list of accounts."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.connections.metadata import labelled
from tsunagi.app.views import records
from tsunagi.http.auth import SignedIn
from tsunagi.http.web.navigation import short_labels
from tsunagi.http.web.rendering import page
from tsunagi.translation import say

router = APIRouter()

_ROWS = 50


@router.get("/", include_in_schema=False)
def home() -> RedirectResponse:
    return RedirectResponse("/accounts", 303)


@router.get("/accounts")
def list_accounts(
    request: Request, caller: SignedIn, search: Annotated[str, Query(max_length=200)] = "", after: str | None = None
) -> HTMLResponse:
    hub = caller.hub
    connected = [connection.service for connection in hub.connectors.all()]
    crm = hub.registry.crm_service()
    kind = labelled(hub.context, hub.registry.entity(crm, "account"))
    return page(
        request,
        hub,
        "accounts.html",
        found=records.accounts(hub.context, search=search.strip(), after=after, limit=_ROWS),
        count=records.count_accounts(hub.context, search=search.strip()),
        search=search,
        after=after,
        crm=crm,
        connected=connected,
        short_labels=short_labels(hub),
        field_labels={spec.name: say(spec.label) for spec in kind.fields},
        kind=kind,
    )
