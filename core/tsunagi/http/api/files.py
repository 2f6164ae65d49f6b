"""Rule and permission files: read with their ETag, written whole or by value, made and taken away.

Whoever changes one says which it was: a change without If-Match (or If-None-Match for a new one) is refused.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Body, Header, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.access import permission_editing
from tsunagi.app.access.permission_editing import CellsRefused, PermissionDraft
from tsunagi.app.access.permissions import require
from tsunagi.app.automation import rule_editing
from tsunagi.app.automation.rule_editing import EDIT, Draft
from tsunagi.errors import RuleFileError
from tsunagi.http.api.conditional import IfMatch, require_state, tag_of
from tsunagi.http.api.people import MatrixOut, read_matrix
from tsunagi.http.api.rules import RuleErrorOut, rule_error
from tsunagi.http.api.schemas import After, Limit, Listing, page_by_name
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import FileRefused, PreconditionFailed
from tsunagi.rule_files import EditedMeanwhile, NoSuchFile, fingerprint
from tsunagi.rules.permissions_matrix import MatrixChange
from tsunagi.yaml_editing import with_yaml

rules_router = APIRouter(prefix="/rules/files", tags=["rules"])
permissions_router = APIRouter(prefix="/permissions", tags=["permissions"])

RuleFile = Annotated[str, InPath(max_length=300, description="such as automations/deal_won_invoice.yaml")]
PermissionFile = Annotated[str, InPath(max_length=300, description="such as permissions/sales.yaml")]
IfNoneMatch = Annotated[
    Literal["*"] | None,
    Header(alias="If-None-Match", description="*: only where there is no such file, else 412"),
]
_Text = Annotated[str, Field(max_length=400_000, description="the complete text of the file, comments and all")]
_MADE: dict[int | str, dict[str, Any]] = {201: {"description": "Made"}}
Out = TypeVar("Out", bound=BaseModel)
_Outcome = Literal["permitted", "denied", "depends"]


class FileEntryOut(BaseModel):
    file: str
    problems: int = Field(description="mistakes in it; it is left out, or its last good version holds, until mended")


class RuleTextOut(BaseModel):
    """A rule file as it is. `rule` is null while it has mistakes; `table` are the cases beside it, "" for none."""

    file: str
    text: str
    rule: str | None
    enabled: bool | None
    table: str
    errors: list[RuleErrorOut]


class RuleTextIn(BaseModel):
    """`table` are the cases beside the rule; left out, those there are stay."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "version: 1\nautomation: large_deals\n# and so on\n"}]},
    )

    text: _Text
    table: Annotated[str, Field(max_length=400_000)] | None = None


class RuleChangesIn(BaseModel):
    """Single values; comments and all else stay. `values` by path, each a YAML text in one line."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": False}]})

    enabled: bool | None = None
    values: Annotated[
        dict[Annotated[str, Field(max_length=300)], Annotated[str, Field(max_length=10_000)]],
        Field(max_length=20, examples=[{"conditions.0.greater_than": "5000"}]),
    ] = {}


class CellChangeOut(BaseModel):
    """A cell of the permission matrix that is another one now."""

    profile: str
    action: str
    before: _Outcome
    after: _Outcome


class PermissionTextOut(BaseModel):
    """A permission file as it is."""

    file: str
    text: str
    errors: list[RuleErrorOut]


class PermissionTextIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "version: 1\npermissions: sales\n# and so on\n"}]},
    )

    text: _Text


class PermissionSavedOut(PermissionTextOut):
    changes: list[CellChangeOut] = Field(description="the cells of the matrix that this changed")


class CellsIn(BaseModel):
    """By profile and action, whether it is to be permitted; cells that are not given stay as they are."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"cells": {"Sales": {"ledger.invoice:email": True}}}]}
    )

    cells: Annotated[dict[str, dict[str, bool]], Field(min_length=1, max_length=500)]


class MatrixChangedOut(BaseModel):
    changes: list[CellChangeOut]
    matrix: MatrixOut


@rules_router.get("", summary="List rule files")
def list_rule_files(caller: SignedIn, after: After = None, limit: Limit = 50) -> Listing[FileEntryOut]:
    """By name."""
    hub = caller.hub
    names = rule_editing.rule_files(hub.settings.rules_dir)
    broken = {each.file: len(each.errors) for each in hub.rules.broken}
    return _listed(names, broken, after, limit)


@rules_router.get("/{file:path}", summary="Read a rule file")
def read_rule_file(caller: SignedIn, file: RuleFile) -> RuleTextOut:
    return _rule(caller, _opened_rule(caller, file))


@rules_router.put("/{file:path}", summary="Write a rule file", responses=_MADE)
def write_rule_file(
    caller: SignedIn,
    response: Response,
    file: RuleFile,
    given: Annotated[RuleTextIn, Body()],
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> RuleTextOut:
    """With If-Match the file as it was read, with `If-None-Match: *` a new one. A text with a mistake is refused."""
    opened = _rule_there(caller, file)
    found = _rule(caller, opened) if opened else None
    require_state(if_match, if_none_match, found)
    saved, table = (opened.saved, found.table) if opened and found else ("", _table(caller, file))
    _save_rule(caller, file, given.text, saved, given.table, table)
    read = _rule(caller, _opened_rule(caller, file))
    return _answered(response, read, made="" if opened else f"rules/files/{read.file}")


@rules_router.patch("/{file:path}", summary="Change values in a rule file")
def change_rule_file(
    caller: SignedIn,
    response: Response,
    file: RuleFile,
    given: Annotated[RuleChangesIn, Body()],
    if_match: IfMatch = None,
) -> RuleTextOut:
    """Such as switching its rule off. Comments stay; what would be a mistake is refused."""
    opened = _opened_rule(caller, file)
    require_state(if_match, None, _rule(caller, opened))
    text = opened.text
    with _refused():
        for path, value in given.values.items():
            text = with_yaml(text, steps(path), value, file=opened.file)
        if given.enabled is not None:
            text = rule_editing.switched(file, text, on=given.enabled)
    if text != opened.text:
        _save_rule(caller, file, text, opened.saved, None, "")
    return _answered(response, _rule(caller, _opened_rule(caller, file)))


@rules_router.delete("/{file:path}", status_code=204, summary="Take a rule file away")
def remove_rule_file(caller: SignedIn, file: RuleFile, if_match: IfMatch = None) -> None:
    """And the table of cases beside it. The version of the rules before is kept."""
    opened = _opened_rule(caller, file)
    require_state(if_match, None, _rule(caller, opened))
    with _refused():
        rule_editing.remove_rule(
            caller.hub.context, caller.person, caller.hub.settings.rules_dir, file, saved=opened.saved
        )


@permissions_router.get("/files", summary="List permission files")
def list_permission_files(caller: SignedIn, after: After = None, limit: Limit = 50) -> Listing[FileEntryOut]:
    """By name."""
    book = caller.hub.context.permissions.book
    broken = {each.file: len(each.errors) for each in book.broken}
    return _listed(permission_editing.names(caller.hub.context, caller.person), broken, after, limit)


@permissions_router.get("/files/{file:path}", summary="Read a permission file")
def read_permission_file(caller: SignedIn, file: PermissionFile) -> PermissionTextOut:
    """For administrators of the CRM, as is every change of one."""
    return _permission(permission_editing.open_file(caller.hub.context, caller.person, file))


@permissions_router.put("/files/{file:path}", summary="Write a permission file", responses=_MADE)
def write_permission_file(
    caller: SignedIn,
    response: Response,
    file: PermissionFile,
    given: Annotated[PermissionTextIn, Body()],
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> PermissionSavedOut:
    """As a rule file is written. A text that would lock administrators out is refused as well."""
    context, opened = caller.hub.context, _permission_there(caller, file)
    require_state(if_match, if_none_match, _permission(opened) if opened else None)
    draft = permission_editing.check(context, caller.person, file, given.text, saved=opened.saved if opened else "")
    if draft.problems:
        raise FileRefused(draft.problems)
    with _refused():
        permission_editing.save_checked(context, caller.person, draft)
    made = "" if opened else f"permissions/files/{draft.file}"
    saved = PermissionTextOut(file=draft.file, text=given.text, errors=[])
    _answered(response, saved, made=made)
    return PermissionSavedOut(**saved.model_dump(), changes=_changes(draft.changes))


@permissions_router.delete("/files/{file:path}", status_code=204, summary="Take a permission file away")
def remove_permission_file(caller: SignedIn, file: PermissionFile, if_match: IfMatch = None) -> None:
    """The last one stays: without it, the permissions the hub came with would hold."""
    opened = permission_editing.open_file(caller.hub.context, caller.person, file)
    require_state(if_match, None, _permission(opened))
    with _refused():
        permission_editing.remove(caller.hub.context, caller.person, file, saved=opened.saved)


@permissions_router.patch("/matrix", summary="Change cells of the permission matrix")
def change_matrix(
    caller: SignedIn, response: Response, given: Annotated[CellsIn, Body()], if_match: IfMatch = None
) -> MatrixChangedOut:
    """All of them or none, in a file of their own. Cells that other files forbid are refused by name."""
    context = caller.hub.context
    require_state(if_match, None, read_matrix(caller))
    wanted = {(profile, action): want for profile, cells in given.cells.items() for action, want in cells.items()}
    with _refused():
        draft = permission_editing.check_cells(context, caller.person, wanted)
        if draft.refused:
            raise CellsRefused(draft.refused)
        if draft.problems:
            raise FileRefused(draft.problems)
        permission_editing.save_checked(context, caller.person, draft)
    matrix = _answered(response, read_matrix(caller))
    return MatrixChangedOut(changes=_changes(draft.changes), matrix=matrix)


def steps(path: str) -> tuple[str | int, ...]:
    """`conditions.0.greater_than` as keys and places."""
    return tuple(int(each) if each.isdecimal() else each for each in path.split("."))


def _listed(names: Sequence[str], broken: dict[str, int], after: str | None, limit: int) -> Listing[FileEntryOut]:
    found = page_by_name(names, lambda name: name, after, limit)
    items = [FileEntryOut(file=name, problems=broken.get(name, 0)) for name in found.items]
    return Listing(items=items, next=found.next)


def _opened_rule(caller: Caller, file: str) -> Draft:
    require(caller.hub.context, caller.person, EDIT)
    return rule_editing.open_rule(caller.hub.context, caller.hub.settings.rules_dir, file)


def _rule_there(caller: Caller, file: str) -> Draft | None:
    try:
        return _opened_rule(caller, file)
    except NoSuchFile:
        return None


def _permission_there(caller: Caller, file: str) -> PermissionDraft | None:
    try:
        return permission_editing.open_file(caller.hub.context, caller.person, file)
    except NoSuchFile:
        return None


def _table(caller: Caller, file: str) -> str:
    """The table of cases beside a rule file. Raises FileNameInvalid."""
    return rule_editing.table_of(caller.hub.settings.rules_dir, file)[1]


def _save_rule(caller: Caller, file: str, text: str, saved: str, table: str | None, stored: str) -> None:
    context, rules_dir = caller.hub.context, caller.hub.settings.rules_dir
    draft = rule_editing.check_draft(context, rules_dir, file, text, saved=saved)
    if draft.problems:
        raise FileRefused(draft.problems)
    with _refused():
        rule_editing.save_draft(
            context,
            caller.person,
            rules_dir,
            file,
            text,
            saved=saved,
            table=table,
            saved_table=fingerprint(stored) if stored else "",
        )


@contextmanager
def _refused() -> Iterator[None]:
    """A mistake that was found on the way, and a file that another one changed since it was read."""
    try:
        yield
    except RuleFileError as error:
        raise FileRefused([error]) from error
    except EditedMeanwhile as error:
        raise PreconditionFailed(error.message, hint=error.hint, etag="") from error


def _answered(response: Response, out: Out, *, made: str = "") -> Out:
    """With the ETag a GET of it answers; `made` is the address of a new one, below /api."""
    response.headers["ETag"] = tag_of(out)
    if made:
        response.status_code = 201
        response.headers["Location"] = f"/api/{quote(made)}"
    return out


def _rule(caller: Caller, draft: Draft) -> RuleTextOut:
    return RuleTextOut(
        file=draft.file,
        text=draft.text,
        rule=draft.rule.id if draft.rule else None,
        enabled=draft.rule.enabled if draft.rule else None,
        table=_table(caller, draft.file),
        errors=[rule_error(each) for each in draft.problems],
    )


def _permission(draft: PermissionDraft) -> PermissionTextOut:
    return PermissionTextOut(
        file=draft.file, text=draft.text or "", errors=[rule_error(each) for each in draft.problems]
    )


def _changes(found: Sequence[MatrixChange]) -> list[CellChangeOut]:
    return [
        CellChangeOut(
            profile=each.subject.profile,
            action=each.action,
            before=each.before.outcome,
            after=each.after.outcome,
        )
        for each in found
    ]
