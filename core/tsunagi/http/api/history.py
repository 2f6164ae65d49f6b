"""What happened to a record, in JSON."""

import datetime as dt
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tsunagi.app.views import history as views
from tsunagi.app.views.history import HistoryLine
from tsunagi.errors import ConfigError
from tsunagi.http.api.schemas import After, Limit, Listing, RefOut, fields, reference
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import NotHere

router = APIRouter(prefix="/records", tags=["records"])


class ChangeOut(BaseModel):
    """One field; the values as its record keeps them."""

    field: str
    before: Any
    after: Any


class EntryOut(BaseModel):
    """A change of a record, and who or what made it."""

    record: RefOut
    at: dt.datetime
    what: Literal["created", "changed", "deleted", "restored"]
    cause: Literal["service", "sync", "rule", "undo", "hub", "effect"] = Field(
        description="service: seen there; effect: moved there with a write of the hub; all others: written by the hub"
    )
    by: str = Field(description="the service's user, the pair, the rule or the person; empty where nobody says")
    who: str = Field(description="the same in words, in the caller's language")
    run: str = Field(description="what read or wrote it: a sync run, or other work of the hub")
    changes: list[ChangeOut]


@router.get("/{ref}/history", summary="List what happened to a record")
def read_history(caller: SignedIn, ref: str, after: After = None, limit: Limit = 50) -> Listing[EntryOut]:
    """The latest first. `ref` is `service:kind:id`. What was there when the service was connected is no change."""
    context = caller.hub.context
    try:
        record = views.resolve(context, ref)
    except ConfigError as error:
        raise NotHere(error.message) from error
    found = views.history(context, caller.person, record, after=after, limit=limit)
    return Listing(items=[_entry(line) for line in found.items], next=found.next)


def _entry(line: HistoryLine) -> EntryOut:
    entry = line.entry
    before = fields({name: values[0] for name, values in entry.changes.items()})
    after = fields({name: values[1] for name, values in entry.changes.items()})
    return EntryOut(
        record=reference(entry.ref),
        at=entry.at,
        what=entry.what,
        cause=entry.cause,
        by=entry.by,
        who=line.who,
        run=entry.run,
        changes=[ChangeOut(field=name, before=before[name], after=after[name]) for name in entry.changes],
    )
