"""A record's documents as a page inside the CRM's: for reading alone, let in by its signed address."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from tsunagi.app.access.widgets import widget_reader
from tsunagi.app.connections.metadata import labelled
from tsunagi.app.views.records import record_page
from tsunagi.domain.records import RecordRef
from tsunagi.errors import PermissionDenied, TsunagiError
from tsunagi.http.auth import AnyCaller, Caller
from tsunagi.http.errors import NotHere, status_of
from tsunagi.http.web.records import (
    PanelSection,
    Wanted,
    first_with_documents,
    no_such,
    panel_section,
    panel_views,
    record_name,
)
from tsunagi.http.web.rendering import page, record_address
from tsunagi.hub import Hub
from tsunagi.text import Text

router = APIRouter()

_ROWS = 20


@router.get("/embed/{kind}/{id}")
def show(
    request: Request,
    server: AnyCaller,
    kind: Literal["account", "contact", "deal"],
    id: str,
    wanted: Wanted,
    signed: Annotated[str, Query(max_length=2000)] = "",
) -> HTMLResponse:
    hub = server.hub
    # The headers allow these to frame whatever is answered here, refusals too.
    request.state.framed_by = framed_by(hub)
    ref = RecordRef(hub.registry.crm_service(), kind, id)
    try:
        person = widget_reader(hub.context, hub.settings, ref, signed)
        request.state.person = person
        return _documents(request, Caller(hub, person), ref, kind, wanted)
    except (PermissionDenied, NotHere) as error:
        return page(request, hub, "embed_refused.html", status=status_of(error), error=error)


def framed_by(hub: Hub) -> Sequence[str]:
    """Whose pages may frame ours: those of the connected CRM, and what the settings name."""
    crm = hub.registry.crm_service()
    allowed = list(hub.settings.frame_hosts)
    for connection in hub.connectors.active():
        kind = hub.registry.connectors.get(connection.service)
        if connection.service == crm and kind is not None and kind.frames is not None:
            allowed += kind.frames(connection.settings)
    return allowed


def _documents(
    request: Request,
    caller: Caller,
    ref: RecordRef,
    kind: Literal["account", "contact", "deal"],
    wanted: Wanted,
) -> HTMLResponse:
    hub = caller.hub
    shown = record_page(hub.context, kind, ref.id, limit=_ROWS, actor=caller.person)
    if shown is None:
        raise no_such(kind)
    views = panel_views(caller, shown, wanted, _ROWS)
    services = list(dict.fromkeys(view.panel.service for view in views))
    if not services:
        raise _nothing_to_see(caller)
    chosen = wanted.service if wanted.service in services else first_with_documents(views)
    base = hub.settings.public_url.rstrip("/")
    entity = labelled(hub.context, hub.registry.entity(ref.service, kind))
    return page(
        request,
        hub,
        "embed.html",
        name=record_name(entity, shown.record),
        whole=base + record_address(ref),
        base=base,
        services=services,
        chosen=chosen,
        sections=[_for_reading(panel_section(caller, view)) for view in views if view.panel.service == chosen],
    )


def _for_reading(section: PanelSection) -> PanelSection:
    return replace(section, mails=False, prints=False, makes=False, changeable_in=())


def _nothing_to_see(caller: Caller) -> TsunagiError:
    return PermissionDenied(
        Text(en="There are no documents here that you may see.", ja="閲覧できる書類はここにはありません。"),
        who=caller.person.email,
        what="documents:view",
        hint=Text(
            en="Ask a CRM administrator whether your profile may see them.",
            ja="プロファイルに閲覧の権限があるか、CRM の管理者にお問い合わせください。",
        ),
    )
