"""Rule, permission and settings files while they are typed: mistakes, what may stand at a cursor, what a word means."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tsunagi.app.views import editing_help
from tsunagi.http.auth import SignedIn
from tsunagi.translation import say

router = APIRouter(prefix="/editor", tags=["rules"])

_File = Annotated[
    str,
    Field(
        max_length=300,
        description="its name in the rules folder, which tells what it is",
        examples=["automations/deal_won_invoice.yaml", "permissions/sales.yaml", "sync/ledger_customers.yaml"],
    ),
]
_Text = Annotated[str, Field(max_length=200_000, description="the file's text as it would be")]


class TextIn(BaseModel):
    """A file that need not be saved, nor be whole."""

    file: _File
    text: _Text


class CursorIn(TextIn):
    """A place in it; both count from 1."""

    line: Annotated[int, Field(ge=1)]
    column: Annotated[int, Field(ge=1)]


class MistakeOut(BaseModel):
    line: int
    column: int
    field: str
    message: str


class MistakesOut(BaseModel):
    items: list[MistakeOut]


class SuggestionOut(BaseModel):
    text: str = Field(description="what is written")
    what: Literal["key", "value", "field", "event", "action"]
    about: str = Field(description="what it means; empty where nothing is known")


class SuggestionsOut(BaseModel):
    """What may stand in place of the columns from `start` to before `end`."""

    start: int
    end: int
    items: list[SuggestionOut]


@router.post("/check", summary="Check a file while it is typed")
def check(caller: SignedIn, given: TextIn) -> MistakesOut:
    """The mistakes the linter finds; nothing is saved."""
    hub = caller.hub
    found = editing_help.mistakes(hub.context, caller.person, hub.settings.rules_dir, given.file, given.text)
    return MistakesOut(
        items=[
            MistakeOut(line=each.line, column=each.column, field=each.field, message=say(each.reason)) for each in found
        ]
    )


@router.post("/complete", summary="List what may stand at a cursor")
def complete(caller: SignedIn, given: CursorIn) -> SuggestionsOut:
    """In the words of the plugins and of the organisation; empty where nothing can be told."""
    return _suggestions(editing_help.suggest(caller.hub.context, caller.person, *_place(given)), given)


@router.post("/describe", summary="Say what a word in a file means")
def describe(caller: SignedIn, given: CursorIn) -> SuggestionsOut:
    """At most one; none where nothing is known of the word."""
    return _suggestions(editing_help.describe(caller.hub.context, caller.person, *_place(given)), given)


def _place(given: CursorIn) -> tuple[str, str, int, int]:
    return given.file, given.text, given.line, given.column


def _suggestions(found: editing_help.Suggested | None, given: CursorIn) -> SuggestionsOut:
    if found is None:
        return SuggestionsOut(start=given.column, end=given.column, items=[])
    items = [SuggestionOut(text=each.text, what=each.what, about=each.about) for each in found.items]
    return SuggestionsOut(start=found.start, end=found.end, items=items)
