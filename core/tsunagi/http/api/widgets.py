"""Addresses with which the CRM shows a record's documents inside its own pages."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.access.widgets import MINUTES, MOST_MINUTES, widget_address
from tsunagi.domain.records import RecordRef
from tsunagi.http.api.documents import NamedIn
from tsunagi.http.api.schemas import RefOut, reference
from tsunagi.http.auth import SignedIn

router = APIRouter(prefix="/widgets", tags=["widgets"])


class WidgetIn(BaseModel):
    """Which record, for whom, and for how long."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"record": {"entity": "account", "id": "1001"}, "user": "hanako@example.com", "minutes": 10}]
        },
    )

    record: NamedIn
    user: Annotated[str, Field(max_length=320, description="e-mail address of the CRM's user; default: oneself")] = ""
    minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES, description="how long the address is good for")] = MINUTES


class WidgetOut(BaseModel):
    """Whoever has `url` sees what `user` may see of the record until `expires_at`: hand it to that user's browser."""

    url: str
    user: str
    record: RefOut
    expires_at: dt.datetime


@router.post("", status_code=201, summary="Make the address of a widget")
def create(caller: SignedIn, request: Request, wanted: WidgetIn) -> WidgetOut:
    """For oneself, or as administrator of the CRM for any of its users. Nothing is stored."""
    hub = caller.hub
    record = RecordRef(hub.registry.crm_service(), wanted.record.entity, wanted.record.id)
    user = wanted.user or caller.person.email
    made = widget_address(hub.context, hub.settings, caller.person, record, user, wanted.minutes)
    base = hub.settings.public_url or str(request.base_url)
    return WidgetOut(
        url=base.rstrip("/") + made.path,
        user=made.person.email,
        record=reference(made.record),
        expires_at=made.expires_at,
    )
