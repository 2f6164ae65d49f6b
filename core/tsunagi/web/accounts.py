"""The list of accounts."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.views import records
from tsunagi.asking import Asked
from tsunagi.translation import say
from tsunagi.web.rendering import page

router = APIRouter()

_ROWS = 50


@router.get("/", include_in_schema=False)
def home() -> RedirectResponse:
    return RedirectResponse("/accounts", 303)


@router.get("/accounts")
def list_accounts(
    request: Request, asked: Asked, search: Annotated[str, Query(max_length=200)] = "", after: str | None = None
) -> HTMLResponse:
    hub = asked.hub
    connected = [connection.service for connection in hub.connectors.all()]
    crm = hub.registry.crm_service()
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
        field_labels={spec.name: say(spec.label) for spec in hub.registry.entity(crm, "account").fields},
    )
