"""The page of differences between both sides, by cause, with the command that fixes each."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tsunagi.app.sync import reconciliation
from tsunagi.app.views import records
from tsunagi.http.auth import SignedIn
from tsunagi.http.web.rendering import page, record_address

router = APIRouter()


@router.get("/reconciliation")
def show_reconciliation(request: Request, caller: SignedIn) -> HTMLResponse:
    """From the store alone: no service is asked while somebody waits."""
    hub = caller.hub
    found = reconciliation.reconcile(hub.context, caller.person)
    return page(
        request,
        hub,
        "reconciliation.html",
        found=found,
        labels=reconciliation.cause_labels(),
        names=records.titles(hub.context, found.refs(), caller.person),
        record_address=record_address,
    )
