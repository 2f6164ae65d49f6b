"""What happened to a record, and why it has a document or none: the proof of each rule, down to the values it saw."""

import datetime as dt
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tsunagi.app.views import history as views
from tsunagi.app.views import why as proofs
from tsunagi.app.views.history import HistoryLine
from tsunagi.errors import ConfigError
from tsunagi.http.api.documents import ConditionOut, condition
from tsunagi.http.api.schemas import After, Limit, Listing, RefOut, fields, reference
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import NotHere

router = APIRouter(prefix="/records", tags=["records"])
proofs_router = APIRouter(tags=["rules"])


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


class ProofOut(BaseModel):
    """One rule and what became of it; texts are in the caller's language."""

    rule: str
    title: str
    state: Literal[
        "made", "waiting", "failed", "nothing_left", "blocked", "unfilled", "passed_over", "not_met", "cannot_tell",
        "not_happened", "not_there", "off", "broken", "by_people",
    ]  # fmt: skip
    sentence: str
    event: str
    at: dt.datetime | None = Field(description="when its event happened; null where it has not")
    place: str
    conditional: bool = Field(description="its event has not happened: these conditions would be asked if it did now")
    conditions: list[ConditionOut]
    changes: list[str] = Field(description="the fewest changes, all together, after which it would be otherwise")
    problems: list[str]
    writes: list[str]


class ProofsOut(BaseModel):
    record: RefOut
    title: str
    rules: list[ProofOut]


@proofs_router.get("/why/{service}/{entity}/{id}", summary="Say why a document exists")
def say_why(caller: SignedIn, service: str, entity: str, id: str) -> ProofsOut:
    """The rule that made it, what each of its conditions saw, and what would have kept it from being made."""
    try:
        return _proofs(proofs.why(caller.hub.context, f"{service}:{entity}:{id}", caller.person))
    except ConfigError as error:
        raise NotHere(error.message) from error


@proofs_router.get("/why-not/{service}/{entity}/{id}", summary="Say why a record has no document")
def say_why_not(caller: SignedIn, service: str, entity: str, id: str, rule: str = "") -> ProofsOut:
    """Each rule that waits for what happens to it, or the one named, and the nearest change that would make it act."""
    try:
        return _proofs(proofs.why_not(caller.hub.context, f"{service}:{entity}:{id}", rule, caller.person))
    except ConfigError as error:
        raise NotHere(error.message) from error


def _proofs(found: proofs.Why) -> ProofsOut:
    return ProofsOut(
        record=reference(found.ref),
        title=found.title,
        rules=[
            ProofOut(
                rule=proof.rule,
                title=proof.title,
                state=proof.state,
                sentence=proof.sentence,
                event=proof.event,
                at=proof.at,
                place=proof.place,
                conditional=proof.conditional,
                conditions=[condition(reading) for reading in proof.conditions],
                changes=list(proof.changes),
                problems=list(proof.problems),
                writes=list(proof.writes),
            )
            for proof in found.proofs
        ],
    )
