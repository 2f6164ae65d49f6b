"""The state of the hub's work and the audit log in JSON, for administrators of the CRM."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tsunagi.app.access import auditing
from tsunagi.app.views.operations import ServiceCalls, operations
from tsunagi.http.api.schemas import After, Limit, Listing
from tsunagi.http.auth import SignedIn
from tsunagi.translation import say

router = APIRouter(tags=["operations"])


class WaitingOut(BaseModel):
    """A record a service said has changed, which is still to be read."""

    service: str
    kind: str
    id: str
    received_at: dt.datetime
    attempts: int


class CauseOut(BaseModel):
    """Open items of one service with the same cause; `example` is the latest of them in words."""

    service: str
    kind: str
    reason: str
    count: int
    example: str


class ServiceCallsOut(BaseModel):
    service: str
    calls: dict[str, int] = Field(description="calls of this process since it started, by method")
    per_minute: int | None = Field(description="the limit the hub keeps")
    daily_limit: int | None = Field(description="as the service last said")
    left_today: int | None = Field(description="as the service last said")
    told_at: dt.datetime | None
    kept_for_people: int = Field(description="of the day's calls: syncs leave them to what people wait for")
    more_at: dt.datetime | None = Field(description="when the service has all calls of a day again, as far as it says")
    syncs_wait_until: dt.datetime | None = Field(description="set while syncs have used up their share of the day")
    blocked_until: dt.datetime | None


class ChannelOut(BaseModel):
    service: str
    kinds: list[str]
    expires_at: dt.datetime


class OperationsOut(BaseModel):
    """`worker` is here, elsewhere or none."""

    worker: str
    running: list[str] = Field(description="ids of sync runs under way")
    notices: int = Field(description="records that services said have changed, still to be read")
    waiting: list[WaitingOut]
    batches: int = Field(description="batches of writes that are not all made")
    writes: dict[str, int]
    causes: list[CauseOut]
    services: list[ServiceCallsOut]
    channels: list[ChannelOut]
    contract: int = Field(description="version of the plugin contract this hub speaks")


class AuditOut(BaseModel):
    """One act. `person` is an e-mail address, or hub."""

    id: int
    at: dt.datetime
    person: str
    action: str
    label: str
    subject: str
    details: dict[str, Any]


@router.get("/operations", summary="Read how the hub's work stands")
def read_operations(caller: SignedIn) -> OperationsOut:
    """As the store and this process know it; no service is asked."""
    hub = caller.hub
    found = operations(hub.context, caller.person, hub.jobs, hub.meter, hub.plugins)
    return OperationsOut(
        worker=found.worker,
        running=[run.id for run in found.running],
        notices=found.notices,
        waiting=[
            WaitingOut(
                service=each.service,
                kind=each.entity,
                id=each.record_id,
                received_at=each.received_at,
                attempts=each.attempts,
            )
            for each in found.waiting
        ],
        batches=found.batches,
        writes=dict(found.writes),
        causes=[
            CauseOut(
                service=each.service,
                kind=each.kind,
                reason=each.reason,
                count=each.count,
                example=say(each.example),
            )
            for each in found.causes
        ],
        services=[_calls(each) for each in found.services],
        channels=[
            ChannelOut(service=each.service, kinds=list(each.entities), expires_at=each.expires_at)
            for each in found.channels
        ],
        contract=found.contract,
    )


@router.get("/audit", summary="List who did what")
def list_audit(
    caller: SignedIn,
    person: Annotated[str, Query(max_length=320, description="e-mail address, or hub")] = "",
    action: Annotated[str, Query(max_length=100, examples=["tokens:create"])] = "",
    after: After = None,
    limit: Limit = 50,
) -> Listing[AuditOut]:
    """The latest first."""
    found = auditing.audit_log(
        caller.hub.context, caller.person, person=person, action=action, after=after, limit=limit
    ).entries
    return Listing(
        items=[
            AuditOut(
                id=each.id or 0,
                at=each.at,
                person=each.person,
                action=each.action,
                label=say(auditing.ACTIONS[each.action]) if each.action in auditing.ACTIONS else each.action,
                subject=each.subject,
                details=each.details,
            )
            for each in found.items
        ],
        next=found.next,
    )


def _calls(found: ServiceCalls) -> ServiceCallsOut:
    told = found.day
    return ServiceCallsOut(
        service=found.service,
        calls=dict(found.calls),
        per_minute=found.per_minute,
        daily_limit=told.limit if told else None,
        left_today=told.left if told else None,
        told_at=told.at if told else None,
        kept_for_people=found.reserved,
        more_at=told.resets_at if told else None,
        syncs_wait_until=found.waits_until,
        blocked_until=found.blocked_until,
    )
