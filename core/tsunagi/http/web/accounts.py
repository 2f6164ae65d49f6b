"""The list of accounts."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.connections.metadata import labelled
from tsunagi.app.views import records
from tsunagi.http.auth import SignedIn
from tsunagi.http.web.rendering import page
from tsunagi.hub import Hub
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
        short_labels=_short_labels(hub),
        field_labels={spec.name: say(spec.label) for spec in kind.fields},
        kind=kind,
    )


def _short_labels(hub: Hub) -> dict[str, str]:
    """Names of services for a narrow column: without a first word that several of them share."""
    labels = {service: say(kind.label) for service, kind in hub.registry.connectors.items()}
    words = {label.split(" ", 1)[0] for label in labels.values() if " " in label}
    for shared in words:
        same = [service for service, label in labels.items() if label.startswith(f"{shared} ")]
        if len(same) > 1:
            labels |= {service: labels[service].removeprefix(f"{shared} ") for service in same}
    return labels
