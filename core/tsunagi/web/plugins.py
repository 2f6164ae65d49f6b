"""The plugins page: which there are, what they bring, what is connected through them."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tsunagi.asking import Asked
from tsunagi.translation import gettext as _
from tsunagi.web.rendering import page

router = APIRouter()


@router.get("/plugins")
def list_plugins(request: Request, asked: Asked) -> HTMLResponse:
    return page(
        request,
        asked.hub,
        "plugins.html",
        reports=asked.hub.plugins,
        connections={connection.service: connection for connection in asked.hub.connections()},
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
