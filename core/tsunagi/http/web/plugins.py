"""The plugins page: which there are, what they bring, what is connected through them."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tsunagi.http.auth import SignedIn
from tsunagi.http.web.rendering import page
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter()


@router.get("/plugins")
def list_plugins(request: Request, caller: SignedIn) -> HTMLResponse:
    hub = caller.hub
    return page(
        request,
        hub,
        "plugins.html",
        reports=hub.plugins,
        connections={connection.service: connection for connection in hub.connectors.all()},
        panel_labels={
            (hub.registry.owners.get(f"service {panel.service}"), panel.name): say(panel.label)
            for panel in hub.registry.panels
        },
        states={
            "active": (_("Active"), "success"),
            "disabled": (_("Off"), "secondary"),
            "failed": (_("Failed"), "danger"),
        },
        kinds={
            "connectors": _("Services"),
            "entities": _("Kinds of records"),
            "pairs": _("Kept in step"),
            "actions": _("Actions for rules"),
            "panels": _("Lists on record pages"),
        },
    )
