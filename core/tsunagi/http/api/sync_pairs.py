"""What a sync does with each pair, what it was not sure of, and where both sides differ."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.sync import pair_files, reconciliation, reviewing
from tsunagi.errors import ConfigError, RuleFileError
from tsunagi.http.api.conditional import IfMatch, require_match
from tsunagi.http.api.schemas import After, Limit, Listing, RefOut, fields, plain, reference
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import FileRefused, InvalidInput, NotHere
from tsunagi.translation import say

router = APIRouter(prefix="/sync-pairs", tags=["sync pairs"])
reviews = APIRouter(prefix="/sync-reviews", tags=["sync reviews"])
reconciliation_router = APIRouter(prefix="/reconciliation", tags=["reconciliation"])


class MistakeOut(BaseModel):
    """What is wrong in a settings file, and where; line and column count from 1."""

    file: str
    line: int
    column: int
    field: str
    message: str


class PairOut(BaseModel):
    """A pair and its settings file. `state`: on, off, broken (it has mistakes, nothing is synced) or unused."""

    pair: str
    state: str
    label: str | None
    direction: str | None = Field(description="both, crm_to_finance or finance_to_crm")
    file: str
    text: str
    mistakes: list[MistakeOut]


class Changes(BaseModel):
    """Either single values by path, each a YAML text in one line, or the complete text of the file."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"values": {"direction": "both"}}]})

    values: dict[str, str] = Field(default={}, max_length=100)
    text: str | None = None


class Attempt(BaseModel):
    """`record` by its id or exact name, or as `crm:account:1`; `text` are settings that are not saved."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"record": "crm:account:1"}]})

    record: str
    text: str | None = None


class TriedFieldOut(BaseModel):
    """What the record holds, what is compared, and what would be written on the other side."""

    field: str
    read: dict[str, Any]
    compared: Any
    written: dict[str, Any]
    note: str | None


class TrialOut(BaseModel):
    """A record, mapped; nothing was written. `missing` are fields without which it could not be made."""

    pair: str
    record: RefOut
    partner: RefOut | None
    fields: list[TriedFieldOut]
    missing: list[str]


class QuestionOut(BaseModel):
    """Something the last plan of a pair left to a person; `answers` are those there are."""

    id: str
    pair: str
    kind: str = Field(description="match, conflict or deletion")
    left: RefOut | None
    right: RefOut | None
    candidates: list[RefOut]
    field: str
    compared: dict[str, Any] = Field(description="of a conflict: base, left (CRM) and right (finance)")
    reason: str
    since: dt.datetime | None
    answers: list[str]


class Answer(BaseModel):
    """One of the question's `answers`; `record` is the one meant, by its id, where several could be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"answer": "link"}]})

    answer: str
    record: str = ""


@router.get("", summary="List the sync pairs")
def list_pairs(caller: SignedIn) -> list[PairOut]:
    return [_pair(each) for each in pair_files.pair_files(caller.hub.context)]


@router.get("/{pair}", summary="Read the settings of a pair")
def read_pair(caller: SignedIn, pair: str) -> PairOut:
    return _pair(_known(caller, pair))


@router.patch("/{pair}", summary="Change the settings of a pair")
def change_pair(caller: SignedIn, pair: str, changes: Annotated[Changes, Body()], if_match: IfMatch = None) -> PairOut:
    """For administrators of the CRM. Comments stay; a text with a mistake is refused, with its place."""
    require_match(if_match, _pair(_known(caller, pair)))
    context = caller.hub.context
    try:
        if changes.text is not None:
            pair_files.replace_file(context, caller.person, pair, changes.text)
        changed = pair_files.change_settings(context, caller.person, pair, changes.values)
    except RuleFileError as error:
        raise FileRefused([error]) from error
    return _pair(changed)


@router.post("/{pair}/try", summary="Map one real record")
def try_pair(caller: SignedIn, pair: str, attempt: Annotated[Attempt, Body()]) -> TrialOut:
    """The record is read from its service now; nothing is written anywhere."""
    _known(caller, pair)
    try:
        trial = pair_files.try_mapping(caller.hub.context, caller.person, pair, attempt.record, attempt.text)
    except ConfigError as error:
        raise InvalidInput(error.message, hint=error.hint) from error
    return TrialOut(
        pair=trial.pair,
        record=reference(trial.record.ref),
        partner=reference(trial.partner) if trial.partner else None,
        fields=[
            TriedFieldOut(
                field=each.name,
                read=fields(each.given),
                compared=plain(each.compared),
                written=fields(each.written),
                note=say(each.note) if each.note else None,
            )
            for each in trial.fields
        ],
        missing=trial.missing,
    )


@reviews.get("", summary="List what waits for a person")
def list_questions(
    caller: SignedIn,
    pair: Annotated[str, Query(description="of this pair only")] = "",
    after: After = None,
    limit: Limit = 50,
) -> Listing[QuestionOut]:
    """Uncertain matches, conflicts and deletions, as the last plan of each pair left them."""
    found = reviewing.questions(caller.hub.context, pair=pair, after=after, limit=limit)
    return Listing(items=[_question(each) for each in found.items], next=found.next)


@reviews.post("/{id}", summary="Answer one")
def answer_question(caller: SignedIn, id: str, given: Annotated[Answer, Body()]) -> QuestionOut:
    """The next sync does accordingly."""
    context = caller.hub.context
    try:
        asked = reviewing.question(context, id)
    except ConfigError as error:
        raise NotHere(error.message, hint=error.hint) from error
    try:
        reviewing.answer(context, caller.person, id, given.answer, record=given.record)
    except ConfigError as error:
        raise InvalidInput(error.message, hint=error.hint) from error
    return _question(asked)


def _known(caller: SignedIn, pair: str) -> pair_files.PairFile:
    try:
        return pair_files.pair_file(caller.hub.context, pair)
    except ConfigError as error:
        raise NotHere(error.message, hint=error.hint) from error


def _pair(found: pair_files.PairFile) -> PairOut:
    return PairOut(
        pair=found.name,
        state=found.state,
        label=say(found.pair.label) if found.pair else None,
        direction=found.direction,
        file=found.file,
        text=found.text,
        mistakes=[
            MistakeOut(file=each.path, line=each.line, column=each.column, field=each.field, message=say(each.reason))
            for each in found.problems
        ],
    )


def _question(each: reviewing.Question) -> QuestionOut:
    item, titles = each.item, each.titles
    return QuestionOut(
        id=item.id,
        pair=item.pair,
        kind=item.kind,
        left=reference(item.left, titles) if item.left else None,
        right=reference(item.right, titles) if item.right else None,
        candidates=[reference(ref, titles) for ref in item.candidates],
        field=item.field,
        compared=fields(item.compared),
        reason=say(item.reason),
        since=item.since,
        answers=list(each.answers),
    )


class DifferenceOut(BaseModel):
    """One difference; `reason` is in the caller's language, `command` fixes it."""

    cause: str
    pair: str = Field(description="empty for documents and rates")
    crm: RefOut | None
    finance: RefOut | None
    field: str = Field(description="empty where it is about the whole record")
    values: dict[str, Any] = Field(description="what `crm` and `finance` say")
    reason: str
    command: str


class ReconciliationOut(BaseModel):
    counts: dict[str, int] = Field(description="how many, by cause")
    differences: list[DifferenceOut] = Field(description="the first ones of each cause; `counts` has them all")
    not_compared: dict[str, str] = Field(description="pairs that could not be compared, and why")


@reconciliation_router.get("", summary="Compare both sides")
def read_reconciliation(
    caller: SignedIn, pair: Annotated[list[str] | None, Query(max_length=100)] = None, limit: Limit = 20
) -> ReconciliationOut:
    """From the store alone; nothing is written and no service is asked."""
    try:
        found = reconciliation.reconcile(caller.hub.context, caller.person, pairs=pair or (), limit=limit)
    except ConfigError as error:
        raise InvalidInput(error.message, hint=error.hint) from error
    return ReconciliationOut(
        counts=dict(found.counts),
        differences=[
            DifferenceOut(
                cause=each.cause,
                pair=each.pair,
                crm=reference(each.left) if each.left else None,
                finance=reference(each.right) if each.right else None,
                field=each.field,
                values=fields({"crm": each.crm, "finance": each.finance}),
                reason=say(each.reason),
                command=each.command,
            )
            for each in found.differences
        ],
        not_compared={name: say(problem) for name, problem in found.problems.items()},
    )
