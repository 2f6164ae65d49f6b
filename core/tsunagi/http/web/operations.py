"""For whoever runs the hub: the operations page, the audit log, and which plugins there are and what they bring."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from tsunagi.app.access import auditing
from tsunagi.app.views.operations import operations
from tsunagi.http.auth import SignedIn
from tsunagi.http.web.rendering import page
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter()


@router.get("/operations")
def show_operations(request: Request, caller: SignedIn) -> HTMLResponse:
    hub = caller.hub
    return page(
        request,
        hub,
        "operations.html",
        found=operations(hub.context, caller.person, hub.jobs, hub.meter, hub.plugins),
        workers={
            "here": (_("Works in this process"), "success"),
            "elsewhere": (_("Works in another process"), "success"),
            "none": (_("Nobody works"), "danger"),
        },
        write_states={
            "planned": _("planned"),
            "done": _("made"),
            "failed": _("refused"),
            "abandoned": _("given up"),
        },
        plugin_states={
            "active": (_("Active"), "success"),
            "disabled": (_("Off"), "secondary"),
            "failed": (_("Failed"), "danger"),
        },
    )


@router.get("/operations/audit")
def show_audit(
    request: Request,
    caller: SignedIn,
    person: Annotated[str, Query(max_length=320)] = "",
    action: Annotated[str, Query(max_length=100)] = "",
    after: str | None = None,
) -> HTMLResponse:
    hub = caller.hub
    found = auditing.audit_log(hub.context, caller.person, person=person, action=action, after=after)
    return page(
        request, hub, "audit.html", found=found, chosen=person, action=action, after=after, labels=auditing.ACTIONS
    )


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
