"""The standing list: what is not as it should be, and trying it again."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.open_items import looking
from tsunagi.app.sync.trying_again import request_retry
from tsunagi.app.views import records
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError
from tsunagi.http.api.schemas import After, Limit, Listing, RefOut, fields, reference
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import InvalidInput
from tsunagi.store.open_items import Filters, OpenItem, Resolver
from tsunagi.text import Text
from tsunagi.translation import say

router = APIRouter(prefix="/open-items", tags=["open items"])

Kind = Literal["billing", "write", "automation", "sync", "parked", "mail", "notice", "plugin", "permission"]


class OpenItemOut(BaseModel):
    """One thing that needs attention. `reason` is a code with its `parameters`; `text` is the same for people.

    `remedy` is what to do, null where there is nothing to do but wait. `next_try` is when the hub tries again by
    itself; null where it waits for a change instead.
    """

    key: str
    kind: str
    service: str
    records: list[RefOut]
    reason: str
    parameters: dict[str, Any]
    text: str
    remedy: str | None
    resolver: Resolver
    attempts: int
    since: dt.datetime
    next_try: dt.datetime | None


class Retry(BaseModel):
    """What to try again: the code of a reason, a record (service:entity:id) or the key of an item."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"which": "access_lost"}]})

    which: str = Field(default="", max_length=2000, description="everything when empty")


class Settled(BaseModel):
    """The key of an item about a mail or a plugin."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"key": "mail:service:invoice:1"}]})

    key: str = Field(max_length=2000)


class Retried(BaseModel):
    """How many items are tried again, in the background."""

    items: int


@router.get("", summary="List what is not as it should be")
def list_open_items(
    asked: SignedIn,
    kind: Annotated[Kind | None, Query(description="what is held up")] = None,
    service: Annotated[str | None, Query(max_length=100, description="at which service")] = None,
    reason: Annotated[str | None, Query(max_length=100, description="the code of a reason")] = None,
    resolver: Annotated[Resolver | None, Query(description="who brings it to its end")] = None,
    record: Annotated[str | None, Query(max_length=500, description="about this record: service:entity:id")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Listing[OpenItemOut]:
    """Those that came last first."""
    filters: Filters = {}
    if kind:
        filters["kind"] = kind
    if service:
        filters["service"] = service
    if reason:
        filters["reason"] = reason
    if resolver:
        filters["resolver"] = resolver
    if record:
        filters["record"] = _record(record)
    found = looking.open_items(asked.hub.context, asked.person, after=after, limit=limit, **filters)
    titles = records.titles(asked.hub.context, [ref for item in found.items for ref in item.records], asked.person)
    return Listing(items=[_out(item, titles) for item in found.items], next=found.next)


@router.post("/settled", status_code=204, summary="Say that a mail or a plugin is in order")
def settle(asked: SignedIn, settled: Annotated[Settled, Body()]) -> None:
    """Only a person knows whether an e-mail arrived, or a plugin works again; the rest is resolved automatically."""
    try:
        looking.settle(asked.hub.context, asked.person, settled.key)
    except ConfigError as error:
        raise InvalidInput(error.message, hint=error.hint) from error


@router.post("/retries", status_code=202, summary="Try again what is open")
def retry(asked: SignedIn, wanted: Annotated[Retry, Body()] = Retry()) -> Retried:  # noqa: B008
    """Carried out in the background by the process that works. E-mails and syncs are started again by a person."""
    hub = asked.hub
    try:
        return Retried(items=request_retry(hub.context, hub.jobs, asked.person, wanted.which))
    except ConfigError as error:
        raise InvalidInput(error.message, hint=error.hint) from error


def _record(given: str) -> RecordRef:
    try:
        return RecordRef.parse(given)
    except ValueError:
        raise InvalidInput(
            Text(
                en="A record is named service:entity:id.", ja="レコードは service:entity:id の形式で指定してください。"
            )
        ) from None


def _out(item: OpenItem, titles: dict[RecordRef, str]) -> OpenItemOut:
    return OpenItemOut(
        key=item.key,
        kind=item.kind,
        service=item.service,
        records=[reference(ref, titles) for ref in item.records],
        reason=item.reason,
        parameters=fields(item.parameters),
        text=say(item.text),
        remedy=say(item.remedy) if item.remedy else None,
        resolver=item.resolver,
        attempts=item.attempts,
        since=item.since,
        next_try=item.next_try,
    )
